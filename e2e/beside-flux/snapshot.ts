// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent, KubeObject, Kustomization } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { Names } from './case.ts'
import type { Side } from './side.ts'

/** What is compared, by the path of each value. */
export type Snapshot = ReadonlyMap<string, string>

/** What is looked at beside the Kustomization. */
export interface Look {
  readonly client: KubeClient
  readonly side: Side
  readonly names: Names
  readonly kustomization: ObjectRef
  /** Every object that was in an inventory so far. */
  readonly known: Map<string, ObjectRef>
  /** Events before this one belong to earlier steps. */
  readonly eventsFrom: number
}

interface KubeEvent extends KubeObject {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly source: { readonly component?: string }
}

/** Reads all that a person or a tool may look at, without what differs by nature. */
export async function takeSnapshot(look: Look): Promise<Snapshot> {
  const { client, side, names, kustomization, known, eventsFrom } = look
  const live = await client.find<Kustomization>(kustomization)
  for (const { id, v } of live?.status?.inventory?.entries ?? []) known.set(id, fromInventory(id, v))
  const objects = await Promise.all([...known].map(async ([id, ref]) => [id, await client.find(ref)] as const))
  const said = side.receiver
    .of(kustomization.name)
    .slice(eventsFrom)
    .filter(({ involvedObject: { kind } }) => kind === kustomization.kind)
  const { items } = await client.list<KubeEvent>(
    { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true },
    {
      namespace: names.system,
      fieldSelector: `involvedObject.kind=Kustomization,involvedObject.name=${kustomization.name}`,
    },
  )
  const tree = {
    kustomization: live === undefined ? 'gone' : essence(live),
    objects: Object.fromEntries(objects.map(([id, obj]) => [id, obj === undefined ? 'gone' : applied(obj)])),
    events: set(said.map(told)),
    kubeEvents: set(
      items.map(({ type, reason, message, metadata: { annotations }, source: { component } }) => ({
        ...{ type, reason, message, annotations, component },
      })),
    ),
  }
  const values = new Map<string, string>()
  flatten('', JSON.parse(neutral(JSON.stringify(tree), names)), values)
  return values
}

/** The object that an entry of an inventory names. */
export function fromInventory(id: string, version: string): ObjectRef {
  const [namespace = '', name = '', group = '', kind = ''] = id.split('_')
  const apiVersion = group === '' ? version : `${group}/${version}`
  const ref = { apiVersion, kind, name: name.replaceAll('__', ':') }
  return namespace === '' ? ref : { ...ref, namespace }
}

function essence({ metadata, status }: Kustomization): unknown {
  const { labels, annotations, finalizers, managedFields } = metadata
  const managers = managedFields?.map(({ manager, operation, subresource }) => [manager, operation, subresource])
  const conditions = Object.fromEntries(
    (status?.conditions ?? []).map(({ type, lastTransitionTime: _at, ...rest }) => [type, rest]),
  )
  return {
    metadata: { labels, annotations, finalizers, managers: set(managers ?? []) },
    status: { ...status, conditions },
  }
}

function applied({ status: _status, ...obj }: KubeObject): unknown {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _made, managedFields, ...metadata } = obj.metadata
  const fields = managedFields?.filter(({ manager }) => manager === 'kustomize-controller')
  return { ...obj, metadata: { ...metadata, managedFields: fields } }
}

function told({ timestamp: _at, involvedObject, ...event }: FluxEvent): unknown {
  const { uid: _uid, resourceVersion: _version, ...object } = involvedObject
  const { reportingInstance: _instance, ...rest } = event
  return { ...rest, involvedObject: object }
}

const set = (values: readonly unknown[]): string[] => [...new Set(values.map((value) => canonical(value)))].sort()

/** JSON with the keys of each object in their order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}

/** Times, durations, ports and the names of the side, in the text of a JSON document. */
function neutral(text: string, { side }: Names): string {
  return (
    text
      .replaceAll(side, 'SIDE')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\/tmp\/kustomization-\d+|\/artifact\b/g, 'ROOT')
      .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
      .replaceAll(/\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ms|µs|s)\b/g, 'DURATION')
      // of a rendered stream, in which the sides have names of their own
      .replaceAll(/"digest":"sha256:[0-9a-f]+"/g, '"digest":"DIGEST"')
      .replaceAll(/"(?<key>uid|resourceVersion)":"[^"]*"/g, '"$<key>":"X"')
  )
}

/** The values of a tree by their paths; strings of a list are a set. */
export function flatten(path: string, value: unknown, into: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) {
    into.set(path, String(value))
    return
  }
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) {
    for (const entry of value) into.set(`${path}[] ${entry}`, '')
    return
  }
  for (const [key, inner] of Object.entries(value)) flatten(path === '' ? key : `${path}.${key}`, inner, into)
}
