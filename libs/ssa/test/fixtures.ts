// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { ResourceManager } from '../src/index.ts'
import type { ApplyAllOptions, ChangeSet, OwnerKey, ResourceManagerOptions } from '../src/index.ts'

/** The label group and field manager of all tests. */
export const labelGroup = 'kustomize.toolkit.fluxcd.io'
export const fieldManager = 'kustomize-controller'

/** A resource manager for an owner in the namespace. */
export function managerOf(
  client: KubeClient,
  owner: OwnerKey,
  options: Partial<ResourceManagerOptions> = {},
): ResourceManager {
  return new ResourceManager({
    client,
    owner: { fieldManager, labelGroup, ...owner },
    clock: systemClock,
    ...options,
  })
}

/** Prepares and applies. */
export function apply(
  manager: ResourceManager,
  objects: readonly KubeObject[],
  options: ApplyAllOptions = {},
): Promise<ChangeSet> {
  return manager.applyAllStaged(manager.prepare(objects), options, AbortSignal.timeout(50_000))
}

/** `<subject without namespace> <action>` of each entry. */
export function actions(changeSet: ChangeSet): string[] {
  return changeSet.map(({ object, action }) => `${object.kind}/${object.name} ${action}`)
}

export function configMap(namespace: string, name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

export function deployment(namespace: string, name: string, replicas: number = 1): KubeObject {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: 'app', image: 'registry.example.com/app:1.0.0', ports: [{ containerPort: 8080, name: 'http' }] },
          ],
        },
      },
    },
  }
}

export function service(namespace: string, name: string, port: number = 80): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ name: 'http', port }] },
  }
}

/** The resourceVersions of the objects, by subject. */
export async function versions(client: KubeClient, refs: readonly ObjectRef[]): Promise<Record<string, string>> {
  const pairs = await Promise.all(
    refs.map(async (ref) => {
      const { metadata } = await client.get(ref)
      return [`${ref.kind}/${ref.name}`, metadata.resourceVersion ?? ''] as const
    }),
  )
  return Object.fromEntries(pairs)
}

/** A lower-case name that no other test uses. */
export function randomName(prefix: string): string {
  return `${prefix}${Math.random().toString(36).slice(2, 8)}`
}
