// SPDX-License-Identifier: Apache-2.0

/** Finalizer of every kind that leaves something behind: an artifact, applied objects. */
export const finalizer = 'finalizers.fluxcd.io'

/** Annotation whose change asks for a run at once. The value is a token. */
export const reconcileRequestAnnotation = 'reconcile.fluxcd.io/requestedAt'
/** Annotation that asks for a forced run; counts when its value equals that of the request annotation. */
export const forceRequestAnnotation = 'reconcile.fluxcd.io/forceAt'

/** Label of ConfigMaps and Secrets whose changes wake the objects that refer to them. */
export const watchLabel = 'reconcile.fluxcd.io/watch'
/** Value of the watch label that counts. */
export const watchLabelEnabled = 'Enabled'

/** Label of applied objects: name of the Kustomization that owns them. */
export const ownerNameLabel = 'kustomize.toolkit.fluxcd.io/name'
/** Label of applied objects: namespace of the Kustomization that owns them. */
export const ownerNamespaceLabel = 'kustomize.toolkit.fluxcd.io/namespace'

/** On an applied object, `disabled`: neither applied nor pruned. */
export const reconcileAnnotation = 'kustomize.toolkit.fluxcd.io/reconcile'
/** On an applied object: how it is applied, see `ssaPolicies`. */
export const ssaAnnotation = 'kustomize.toolkit.fluxcd.io/ssa'
/** On an applied object, `enabled`: deleted and made again when an immutable field changed. */
export const forceAnnotation = 'kustomize.toolkit.fluxcd.io/force'
/** On an applied object, `disabled`: never pruned. */
export const pruneAnnotation = 'kustomize.toolkit.fluxcd.io/prune'
/** On an object in the source, `disabled`: variables are not substituted. */
export const substituteAnnotation = 'kustomize.toolkit.fluxcd.io/substitute'
/** On an object in the source, `disabled`: not decrypted. */
export const decryptAnnotation = 'kustomize.toolkit.fluxcd.io/decrypt'

/** Turns an annotation on. Flux compares these values without regard to case, `substitute` excepted. */
export const enabledValue = 'enabled'
/** Turns an annotation off. */
export const disabledValue = 'disabled'
/** Values of the ssa annotation; absent means Override. */
export const ssaPolicies = {
  override: 'Override',
  merge: 'Merge',
  ifNotPresent: 'IfNotPresent',
  ignore: 'Ignore',
} as const

/** Annotation of an OCI artifact (and key in an artifact's metadata) with the revision that it was made from. */
export const originRevisionAnnotation = 'org.opencontainers.image.revision'

/** The same with the address of the repository that it was made from. */
export const originSourceAnnotation = 'org.opencontainers.image.source'
