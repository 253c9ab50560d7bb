// SPDX-License-Identifier: Apache-2.0
import type { Alert, ObjectKey, Provider } from '@tidelock/api'
import type { Informer, KubeClient } from '@tidelock/kube'
import { refOf } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import type { DeadLetters } from '../dead-letters/dead-letters.ts'
import { ownerOf } from '../dead-letters/owner.ts'
import type { Lanes } from './lanes.ts'

/** Annotation of a Provider: a new value sends its dead letters again. */
const replayAnnotation = 'notification.tidelock.dev/replay'
/** Annotation of a Provider: the value of the former that was acted on, with how many were sent again. */
const replayedAnnotation = 'notification.tidelock.dev/replayed'
/** What replaying works with. */
export interface ReplayDependencies {
  readonly client: KubeClient
  readonly alerts: Pick<Informer<Alert>, 'get'>
  readonly deadLetters: DeadLetters
  readonly lanes: Lanes
  readonly log: Logger
  readonly now: () => number
}

/** Whether a Provider carries a request to send its dead letters again that was not acted on. */
export function wantsReplay({ metadata: { annotations = {} } }: Provider): boolean {
  const wanted = annotations[replayAnnotation]
  return wanted !== undefined && annotations[replayedAnnotation]?.split(' ', 1)[0] !== wanted
}

/**
 * Sends the dead letters of a Provider again, and says on it that it was done. One that fails again becomes a dead letter again; one that
 * cannot be put into the lane stays one.
 */
export async function replay(
  { client, alerts, deadLetters, lanes, log, now }: ReplayDependencies,
  provider: Provider,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name, annotations = {} } = provider.metadata
  const letters = await deadLetters.list(ownerOf(provider))
  let count = 0
  for (const letter of letters) {
    if (signal.aborted) return
    const alert = alerts.get(letter.alert) ?? goneAlert(letter.alert, name)
    const notification = { event: letter.event, alert, provider }
    const settled = await lanes.deliver({ key: letter.key, notification, incoming: { keptAtMs: now(), attempt: 1 } })
    if (settled.kind === 'later') continue
    // one that failed again has become another one
    await deadLetters.remove(letter)
    count++
  }
  log.info({ provider: { namespace, name }, count }, 'dead letters sent again')
  const value = `${annotations[replayAnnotation]} ${count}`
  const body = { metadata: { annotations: { [replayedAnnotation]: value } } }
  await client.patch(refOf(provider), { type: 'merge', body, fieldManager: 'notification-controller', signal })
}

/** An Alert that was deleted since; what it said is in the event already. */
function goneAlert({ namespace, name }: ObjectKey, provider: string): Alert {
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
    kind: 'Alert',
    metadata: { namespace, name },
    spec: { eventSources: [], providerRef: { name: provider } },
  }
}
