// SPDX-License-Identifier: Apache-2.0
// What many situations are made of.
import type { ObjectInput, ObjectRef } from '@tidelock/kube'
import { configMap } from '../case.ts'
import type { Names } from '../case.ts'

/** The object of most situations, as a file. */
export const plain = configMap('settings', { color: 'blue' })
/** Another one beside it. */
export const other = configMap('other', { a: 'b' })

/** `plain` as a reference, where it was applied. */
export function ref({ app }: Names): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: app, name: 'settings' }
}

/** A ConfigMap in the namespace of the Kustomization. */
export function settings(system: string, name: string, data: object): ObjectInput {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: system }, data }
}

/** The part of a spec that takes the target cluster from a ConfigMap. */
export function byConfigMap(name: string): () => Readonly<Record<string, unknown>> {
  return () => ({ kubeConfig: { configMapRef: { name } } })
}

/** An account in the namespace of the Kustomization. */
export function account({ system }: Names, name: string): ObjectInput {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: system } }
}

/** All rights of that account where objects are applied. */
export function mayAll({ system, app }: Names, name: string): ObjectInput {
  return {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name, namespace: app } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: system }],
  }
}

/** A further Kustomization. */
export function kustomization({ system }: Names, name: string, spec: object): ObjectInput {
  return {
    ...{ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name, namespace: system } },
    spec: { interval: '1h', prune: true, path: './', ...spec },
  }
}

/** The step that deletes the Kustomization. */
export const deleted = { does: 'deleted', delete: true } as const
