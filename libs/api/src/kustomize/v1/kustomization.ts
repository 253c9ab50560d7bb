// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, list, text } from '../../schema/fields.ts'
import { commonStatus, interval } from '../../schema/shapes.ts'
import {
  dependency,
  healthCheck,
  healthCheckExpression,
  ignoreRule,
  kubeConfig,
  sourceReference,
} from './apply-fields.ts'
import { commonMetadata, decryption, image, patch, postBuild } from './build-fields.ts'
import type { selector, substituteReference } from './build-fields.ts'
import { kustomizationKind } from './kinds.ts'
import { historyEntry, inventory } from './status-fields.ts'
import type { inventoryEntry } from './status-fields.ts'

const affix = { minLength: 1, maxLength: 200 }

const spec = Type.Object(
  {
    buildMetadata: Type.Optional(
      list(
        'Facts about the build that Kustomize writes into annotations.',
        choice('A kind of facts.', ['originAnnotations', 'transformerAnnotations']),
      ),
    ),
    commonMetadata: Type.Optional(commonMetadata),
    components: Type.Optional(list('Kustomize components, relative to path.', text('A directory.'))),
    decryption: Type.Optional(decryption),
    deletionPolicy: Type.Optional(
      choice('What happens to the applied objects when this one is deleted. Default: MirrorPrune, as prune says.', [
        'MirrorPrune',
        'Delete',
        'WaitForTermination',
        'Orphan',
      ]),
    ),
    dependsOn: Type.Optional(list('Kustomizations that must be ready first.', dependency)),
    force: Type.Optional(
      flag('Whether objects are deleted and made again when an immutable field changed.', { default: false }),
    ),
    healthCheckExprs: Type.Optional(list('How the health of custom kinds is told.', healthCheckExpression)),
    healthChecks: Type.Optional(list('Objects that are waited for. Not used with wait.', healthCheck)),
    ignore: Type.Optional(list('Fields that are neither compared nor applied.', ignoreRule)),
    ignoreMissingComponents: Type.Optional(flag('Whether components that do not exist are left out.')),
    images: Type.Optional(list('Images that are renamed, tagged or pinned.', image)),
    interval: interval('How often the objects are brought back to what the source says.'),
    kubeConfig: Type.Optional(kubeConfig),
    namePrefix: Type.Optional(text('Prefix of the names of all objects.', affix)),
    nameSuffix: Type.Optional(text('Suffix of the names of all objects.', affix)),
    patches: Type.Optional(list('Patches, applied in their order.', patch)),
    path: Type.Optional(text('Directory in the artifact that is built. Default: its root.')),
    postBuild: Type.Optional(postBuild),
    prune: flag('Whether objects that leave the source are deleted.'),
    retryInterval: Type.Optional(interval('How long to wait after a failure. Default: interval.')),
    serviceAccountName: Type.Optional(text('ServiceAccount on whose behalf the objects are applied.')),
    sourceRef: sourceReference,
    suspend: Type.Optional(flag('Whether the controller leaves this object alone.')),
    targetNamespace: Type.Optional(
      text('Namespace that all namespaced objects are put into.', { minLength: 1, maxLength: 63 }),
    ),
    timeout: Type.Optional(
      interval('Limit for building, applying and waiting. Default: interval less 30s, at least 30s.'),
    ),
    wait: Type.Optional(flag('Whether every applied object is waited for until it is ready.')),
  },
  { description: 'What is built, and how it is applied.' },
)

const status = Type.Object(
  {
    ...commonStatus,
    history: Type.Optional(list('The last outcomes, newest first, at most five.', historyEntry)),
    inventory: Type.Optional(inventory),
    lastAppliedOriginRevision: Type.Optional(text('Revision, at its origin, of what was last applied with success.')),
    lastAppliedRevision: Type.Optional(text('Revision of the source that was last applied with success.')),
    lastAttemptedRevision: Type.Optional(text('Revision of the source that was last tried.')),
  },
  { description: 'What was last observed of the application.' },
)

/** What a Kustomization asks for. */
export interface KustomizationSpec extends Static<typeof spec> {}
/** What was last observed of a Kustomization. */
export interface KustomizationStatus extends Static<typeof status> {}
/** An entry of `spec.dependsOn`. */
export interface KustomizationDependency extends Static<typeof dependency> {}
/** An entry of `spec.healthChecks`. */
export interface HealthCheck extends Static<typeof healthCheck> {}
/** An entry of `spec.healthCheckExprs`. */
export interface HealthCheckExpression extends Static<typeof healthCheckExpression> {}
/** An entry of `spec.ignore`. */
export interface IgnoreRule extends Static<typeof ignoreRule> {}
/** An entry of `spec.images`. */
export interface KustomizeImage extends Static<typeof image> {}
/** An entry of `spec.patches`. */
export interface KustomizePatch extends Static<typeof patch> {}
/** What picks objects in patches and ignore rules. */
export interface KustomizeSelector extends Static<ReturnType<typeof selector>> {}
/** `spec.kubeConfig`. */
export interface KubeConfigReference extends Static<typeof kubeConfig> {}
/** `spec.sourceRef`. */
export interface SourceReference extends Static<typeof sourceReference> {}
/** `spec.decryption`. */
export interface Decryption extends Static<typeof decryption> {}
/** `spec.postBuild`. */
export interface PostBuild extends Static<typeof postBuild> {}
/** An entry of `spec.postBuild.substituteFrom`. */
export interface SubstituteReference extends Static<typeof substituteReference> {}
/** `spec.commonMetadata`. */
export interface CommonMetadata extends Static<typeof commonMetadata> {}
/** `status.inventory`. */
export interface Inventory extends Static<typeof inventory> {}
/** An entry of `status.inventory`. */
export interface InventoryEntry extends Static<typeof inventoryEntry> {}
/** An entry of `status.history`. */
export interface HistoryEntry extends Static<typeof historyEntry> {}

/** Builds a directory of an artifact with Kustomize and applies the result. */
export interface Kustomization extends ApiObject {
  spec: KustomizationSpec
  status?: KustomizationStatus
}

/** All that the CRD of Kustomization says. */
export const kustomizationDefinition: KindDefinition = {
  kind: kustomizationKind,
  singular: 'kustomization',
  shortNames: ['ks'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  columns: [ageColumn, readyColumn, statusColumn],
  description: 'Kustomization builds a directory of an artifact with Kustomize and applies the result to a cluster.',
  spec,
  status,
  statusDefault: unobserved,
}
