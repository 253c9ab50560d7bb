// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { statusOf } from '@tidelock/status'
import { CliError } from '../errors.ts'
import type { CommandKind } from '../kinds/kind.ts'
import { readyOf } from '../kinds/listed.ts'
import type { Listed } from '../kinds/listed.ts'

/** What is waited for. */
export interface Awaited {
  readonly client: KubeClient
  readonly kind: CommandKind
  readonly ref: ObjectRef
  /** Date.now() when it is too late. */
  readonly deadlineMs: number
  /** How long that was, for the message. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const pollMs = 250

/**
 * Waits until the object is ready at its present generation, and returns it. Throws NotReady when it has failed for good, TimedOut,
 * and KubeError.
 */
export async function waitReady(awaited: Awaited): Promise<Listed> {
  const { client, kind, ref, deadlineMs, timeoutMs, signal } = awaited
  for (;;) {
    const object = await client.get<Listed>(ref, { signal })
    const { status, message } = judge(kind, object)
    if (status === 'Current') return object
    if (status !== 'InProgress') throw new CliError('NotReady', message)
    if (Date.now() > deadlineMs) {
      const why = readyOf(object).message
      throw new CliError('TimedOut', `not ready within ${formatDuration(timeoutMs)} (--timeout): ${why}`)
    }
    await delay(pollMs, undefined, { signal })
  }
}

function judge(kind: CommandKind, object: Listed): { readonly status: string; readonly message: string } {
  if (kind.isStatic(object)) return { status: 'Current', message: '' }
  const { metadata, status } = object
  const observed = status?.observedGeneration ?? 0
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  // a generation that the condition does not name is that of the status
  const judged = ready?.observedGeneration || observed
  if (observed < 1 || ready === undefined || judged !== metadata.generation)
    return { status: 'InProgress', message: '' }
  return statusOf(object)
}
