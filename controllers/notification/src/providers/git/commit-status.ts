// SPDX-License-Identifier: Apache-2.0
import { parseRevision } from '@tidelock/api'
import type { FluxEvent } from '@tidelock/api'
import { compile } from '@tidelock/cel'
import { errorMessage } from '@tidelock/errors'
import { NotificationError } from '../../errors.ts'
import type { Notification } from '../../sender/notification.ts'
import { reasonInWords } from '../words.ts'

/** What a commit is told. */
export interface CommitStatus {
  /** Hexadecimal. */
  readonly commit: string
  /** Tells this status from others of the same commit. */
  readonly id: string
  readonly description: string
  readonly isGood: boolean
}

/**
 * The status that a notification sets, by Flux's rules: of the commit that the metadata names (`commit`, else `originRevision`, else
 * `revision`). Throws `InvalidConfig` for an expression that cannot be evaluated, `Refused` for an event without a commit.
 */
export function commitStatusOf(notification: Notification): CommitStatus {
  const { event } = notification
  return {
    commit: commitOf(event),
    id: statusId(notification),
    description: reasonInWords(event),
    isGood: event.severity !== 'error',
  }
}

function commitOf({ metadata = {} }: FluxEvent): string {
  const revision = metadata['commit'] ?? metadata['originRevision'] ?? metadata['revision']
  if (revision === undefined) throw new NotificationError('Refused', 'missing revision metadata')
  const { algorithm, hash } = parseRevision(revision)
  const isCommit = hash !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)
  if (algorithm === undefined || !isCommit)
    throw new NotificationError('Refused', `failed to extract commit hash from '${revision}' revision`)
  return hash
}

function statusId({ event, alert, provider }: Notification): string {
  const { commitStatusExpr: expression } = provider.spec
  const { kind = '', name = '' } = event.involvedObject
  // the first part of the uid tells clusters apart
  if (expression === undefined || expression === '')
    return `${kind}/${name}/${provider.metadata.uid?.split('-', 1)[0] ?? ''}`.toLowerCase()
  try {
    const program = compile(expression, { variables: ['event', 'alert', 'provider'], result: 'string' })
    return program.evaluateString({ event, alert, provider })
  } catch (error) {
    throw new NotificationError('InvalidConfig', `spec.commitStatusExpr: ${errorMessage(error)}`)
  }
}

/** A status that a service has already; members that it left out are ''. */
export interface KnownStatus {
  readonly id: string
  readonly state: string
  readonly description: string
}

/** Whether the newest status with that id says the same. `known` is newest first. */
export function isTold(known: readonly KnownStatus[], { id, state, description }: KnownStatus): boolean {
  const newest = known.find((each) => each.id === id && each.state !== '' && each.description !== '')
  return newest?.state === state && newest.description === description
}
