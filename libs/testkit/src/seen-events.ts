// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { eventually } from './eventually.ts'

/** A Kubernetes Event, as far as tests look. */
export interface SeenEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly annotations: Readonly<Record<string, string>>
}

const kind: Kind = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }

/** The Kubernetes Events about the objects of that name in the namespace, oldest first. */
export async function listEvents(client: KubeClient, about: { namespace: string; name: string }): Promise<SeenEvent[]> {
  const { namespace, name } = about
  const { items } = await client.list(kind, { namespace, fieldSelector: `involvedObject.name=${name}` })
  return items
    .toSorted((one, two) => Number(one.metadata.resourceVersion) - Number(two.metadata.resourceVersion))
    .map(({ type, reason, message, count, metadata }) => ({
      ...({ type, reason, message, count } as Omit<SeenEvent, 'annotations'>),
      annotations: metadata.annotations ?? {},
    }))
}

/** Waits for one with the reason and answers the last such. */
export function untilEvent(
  client: KubeClient,
  { reason, ...about }: { namespace: string; name: string; reason: string },
): Promise<SeenEvent> {
  return eventually(async () => {
    const events = await listEvents(client, about)
    const found = events.findLast((event) => event.reason === reason)
    if (found === undefined) throw new Error(`no ${reason} among ${JSON.stringify(events)}`)
    return found
  })
}
