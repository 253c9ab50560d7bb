// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'

/** Who applies: the field manager of the requests and the values of the owner labels. */
export interface Owner {
  readonly fieldManager: string
  /** Prefix of the owner labels and of the object annotations, `kustomize.toolkit.fluxcd.io` or `helm.toolkit.fluxcd.io`. */
  readonly labelGroup: string
  readonly name: string
  readonly namespace: string
}

/** An owner as its labels name it. */
export interface OwnerKey {
  readonly namespace: string
  readonly name: string
}

/** The two labels by which an object names its owner. */
export function ownerLabels(owner: Pick<Owner, 'labelGroup' | 'name' | 'namespace'>): Record<string, string> {
  return { [`${owner.labelGroup}/name`]: owner.name, [`${owner.labelGroup}/namespace`]: owner.namespace }
}

/** The owner that the labels name; undefined unless both are there. */
export function readOwner(
  labels: Readonly<Record<string, string>> | undefined,
  labelGroup: string,
): OwnerKey | undefined {
  const name = labels?.[`${labelGroup}/name`]
  const namespace = labels?.[`${labelGroup}/namespace`]
  return name === undefined || namespace === undefined ? undefined : { namespace, name }
}

/** The object with its owner labels; the given object is not changed. */
export function withOwnerLabels(object: KubeObject, owner: Owner): KubeObject {
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...ownerLabels(owner) } },
  }
}
