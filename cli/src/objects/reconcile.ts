// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration, reconcileRequestAnnotation } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import type { CommandKind } from '../kinds/kind.ts'
import { readyOf } from '../kinds/listed.ts'
import type { Listed } from '../kinds/listed.ts'

/** An object to reconcile now. */
export interface Request {
  readonly client: KubeClient
  readonly kind: CommandKind
  readonly ref: ObjectRef
  readonly timeoutMs: number
}

const pollMs = 100

/** `Kind/namespace/name`. */
export const nameOf = ({ kind, namespace, name }: ObjectRef): string => `${kind}/${namespace}/${name}`

/** Asks for a run and waits until it has ended. Throws NotReady when it failed or the object is suspended, TimedOut, and KubeError. */
export async function reconcile(request: Request, { err, signal }: Environment): Promise<void> {
  const { client, kind, ref } = request
  const before = await client.get<Listed>(ref, { signal })
  if (kind.isStatic(before)) return err('✔ reconciliation not supported by the object\n')
  if (before.spec?.suspend === true) {
    const words = `${kind.title} ${ref.name} -n ${ref.namespace}`
    throw new CliError('NotReady', `resource is suspended: ${nameOf(ref)}; 'tidelock resume ${words}' ends that`)
  }
  err(`► annotating ${ref.kind} ${ref.name} in ${ref.namespace} namespace\n`)
  const body = { metadata: { annotations: { [reconcileRequestAnnotation]: new Date().toISOString() } } }
  await client.patch(ref, { type: 'merge', body, fieldManager: 'tidelock', signal })
  err(`✔ ${ref.kind} annotated\n◎ waiting for ${ref.kind} reconciliation\n`)
  const after = await waitHandled(request, before.status?.lastHandledReconcileAt, signal)
  const { status, message } = readyOf(after)
  if (status !== 'True') throw new CliError('NotReady', `${ref.kind} reconciliation failed: '${message}'`)
  err(`✔ ${kind.success(after)}\n`)
}

async function waitHandled(
  { client, ref, timeoutMs }: Request,
  handled: string | undefined,
  signal: AbortSignal,
): Promise<Listed> {
  const deadlineMs = Date.now() + timeoutMs
  for (;;) {
    const object = await client.get<Listed>(ref, { signal })
    if (object.status?.lastHandledReconcileAt !== handled && hasEnded(object)) return object
    if (Date.now() > deadlineMs)
      throw new CliError(
        'TimedOut',
        `${nameOf(ref)} was not reconciled within ${formatDuration(timeoutMs)} (--timeout): ${readyOf(object).message}`,
      )
    await delay(pollMs, undefined, { signal })
  }
}

function hasEnded({ metadata, status }: Listed): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const isCurrent =
    status?.observedGeneration === metadata.generation || (ready ?? { status: 'Unknown' }).status === 'False'
  const isAtWork = status?.conditions?.some(({ type, reason }) => type === 'Reconciling' && reason === 'Progressing')
  return isCurrent && isAtWork !== true
}
