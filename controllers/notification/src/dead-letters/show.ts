// SPDX-License-Identifier: Apache-2.0
import { deadLettersAnnotation, formatDeadLetters, newestDeadLettersAnnotation } from '@tidelock/api'
import type { Clock, Provider } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import { refOf } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import type { DeadLetter, DeadLetters } from './dead-letters.ts'
import { ownerOf } from './owner.ts'

/** What showing dead letters works with. */
export interface ShowDependencies {
  readonly client: KubeClient
  readonly clock: Clock
  readonly deadLetters: DeadLetters
  readonly log: Logger
  readonly signal: AbortSignal
  /** The Provider of that uid, as it is now. */
  readonly find: (uid: string) => Provider | undefined
}

/** Says on a Provider, by its uid, how many dead letters it has and which are the newest: a second later, once for all that came meanwhile. Best effort. */
export function createShow(dependencies: ShowDependencies): (uid: string) => void {
  const { clock, find, signal, log } = dependencies
  const planned = new Set<string>()
  return (uid) => {
    if (planned.has(uid)) return
    planned.add(uid)
    clock.setTimeout(() => {
      planned.delete(uid)
      const provider = find(uid)
      if (provider === undefined || signal.aborted) return
      show(dependencies, provider).catch((error: unknown) =>
        log.debug({ error: errorMessage(error) }, 'annotation not written'),
      )
    }, 1000)
  }
}

async function show({ client, deadLetters, signal }: ShowDependencies, provider: Provider): Promise<void> {
  const owner = ownerOf(provider)
  const count = await deadLetters.count(owner)
  const newest = await deadLetters.list(owner, 10)
  const annotations = {
    [deadLettersAnnotation]: count === 0 ? null : String(count),
    [newestDeadLettersAnnotation]: count === 0 ? null : formatDeadLetters(newest.toReversed().map(summarize)),
  }
  const options = { fieldManager: 'notification-controller', signal }
  await client.patch(refOf(provider), { type: 'merge', body: { metadata: { annotations } }, ...options })
}

function summarize({ at, event, code, error }: DeadLetter): Parameters<typeof formatDeadLetters>[0][number] {
  const { kind, namespace, name } = event.involvedObject
  return { time: at, object: `${kind}/${namespace}/${name}`, reason: redact(event.reason), code, error: redact(error) }
}
