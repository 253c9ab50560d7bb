// SPDX-License-Identifier: Apache-2.0
import { reconcileRequestAnnotation } from '@tidelock/api'
import type { Clock, Receiver, ReceiverResource } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { NotificationError } from '../errors.ts'
import type { Filter, FilterInput } from './filters.ts'

/** What asking for reconciliations needs. */
export interface AnnotateDependencies {
  readonly client: KubeClient
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly noCrossNamespaceRefs: boolean
}

const sourceVersion = 'source.toolkit.fluxcd.io/v1'
/** API versions of kinds that a Receiver may name without one, as Flux knows them. */
const defaultVersions: Readonly<Record<string, string>> = {
  Bucket: sourceVersion,
  HelmChart: sourceVersion,
  HelmRepository: sourceVersion,
  GitRepository: sourceVersion,
  OCIRepository: sourceVersion,
  ImageRepository: 'image.toolkit.fluxcd.io/v1',
  ArtifactGenerator: 'source.extensions.fluxcd.io/v1beta1',
}

/**
 * Asks for the reconciliation of the objects that one entry of `spec.resources` names and the filter lets pass; returns how many were asked.
 * Throws when one cannot be read or written, and `InvalidConfig` for an entry that may not be or says too little.
 */
export async function requestReconciliation(
  dependencies: AnnotateDependencies,
  target: { readonly receiver: Receiver; readonly resource: ReceiverResource; readonly filter: Filter },
  input: FilterInput,
  signal: AbortSignal,
): Promise<number> {
  const { client } = dependencies
  const { resource, filter } = target
  const ref = refOf(dependencies, target)
  if (resource.name !== '*') {
    const object = await client.get(ref, { signal, metadataOnly: true })
    if (!filter(object, input)) return 0
    await annotate(dependencies, ref, signal)
    return 1
  }
  const labels = Object.entries(resource.matchLabels ?? {})
  if (resource.matchLabels === undefined)
    throw new NotificationError('InvalidConfig', "matchLabels field not set when using wildcard '*' as name")
  const kind = await client.resolve(ref, signal)
  const { items } = await client.list(kind, {
    namespace: ref.namespace,
    labelSelector: labels.map(([key, value]) => `${key}=${value}`).join(','),
    metadataOnly: true,
    signal,
  })
  const passed = items.filter((object) => filter({ ...object, apiVersion: ref.apiVersion, kind: ref.kind }, input))
  await Promise.all(passed.map(({ metadata: { name } }) => annotate(dependencies, { ...ref, name }, signal)))
  return passed.length
}

function refOf(
  { noCrossNamespaceRefs }: AnnotateDependencies,
  { receiver, resource }: { readonly receiver: Receiver; readonly resource: ReceiverResource },
): ObjectRef & { readonly namespace: string } {
  const home = receiver.metadata.namespace ?? ''
  const { kind, name, namespace = home, apiVersion = defaultVersions[kind] } = resource
  if (noCrossNamespaceRefs && namespace !== home)
    throw new NotificationError('InvalidConfig', 'cross-namespace references are not allowed')
  if (apiVersion === undefined)
    throw new NotificationError('InvalidConfig', `apiVersion must be specified for kind "${kind}"`)
  return { apiVersion, kind, namespace, name }
}

async function annotate({ client, clock }: AnnotateDependencies, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  const body = { metadata: { annotations: { [reconcileRequestAnnotation]: goTime(clock) } } }
  await client.patch(ref, { type: 'merge', body, fieldManager: 'notification-controller', signal })
}

/** The present time as Go prints it, with the reading of the monotonic clock: two requests never look the same. */
function goTime(clock: Pick<Clock, 'now' | 'monotonic'>): string {
  const [date = '', time = ''] = new Date(clock.now()).toISOString().replace('Z', '').split('T')
  const nanos = Math.floor((clock.monotonic() * 1e6) % 1e6)
  const fraction = String(nanos).padStart(6, '0')
  return `${date} ${time}${fraction} +0000 UTC m=+${(clock.monotonic() / 1000).toFixed(9)}`
}
