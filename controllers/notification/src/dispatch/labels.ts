// SPDX-License-Identifier: Apache-2.0
import type { Clock, FluxEvent } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { LabelsOf } from './match.ts'

const freshMs = 2000
const limit = 5000

type Labels = Awaited<ReturnType<LabelsOf>>

/** Reads the labels of objects, each at most once in two seconds. Throws what the client throws but for what is not there or not allowed. */
export function createLabelReader(client: KubeClient, clock: Clock, signal: AbortSignal): LabelsOf {
  const known = new Map<string, { readonly atMs: number; readonly labels: Promise<Labels> }>()
  return (event) => {
    const now = clock.monotonic()
    for (const [key, { atMs }] of known) {
      if (now - atMs < freshMs && known.size <= limit) break
      known.delete(key)
    }
    const { apiVersion = '', kind = '', namespace = '', name = '' } = event.involvedObject
    const key = `${apiVersion}/${kind}/${namespace}/${name}`
    const labels = known.get(key)?.labels ?? read(client, event, signal)
    if (!known.has(key)) {
      known.set(key, { atMs: now, labels })
      labels.catch(() => known.delete(key))
    }
    return labels
  }
}

async function read(client: KubeClient, { involvedObject }: FluxEvent, signal: AbortSignal): Promise<Labels> {
  const { apiVersion = '', kind = '', namespace = '', name = '' } = involvedObject
  try {
    const object = await client.get({ apiVersion, kind, namespace, name }, { metadataOnly: true, signal })
    return object.metadata.labels ?? {}
  } catch (error) {
    if (isKubeError(error, 'NotFound', 'Forbidden', 'KindNotFound', 'BadRequest')) return undefined
    throw error
  }
}
