// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { KubeError, formatRef, isKubeError } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import type { Refusal } from '../errors.ts'

/** What Flux says about an object that a dry run refused: subject, the server's reason, the server's words. */
export function refusalOf(object: ObjectRef, error: unknown): Refusal {
  const subject = formatRef(object)
  const reason = reasonOf(error)
  return { object, subject, reason, message: `${subject} ${describe(object, error, reason)}`, error }
}

function describe(object: ObjectRef, error: unknown, reason: string): string {
  const words = errorMessage(error)
  if (isKubeError(error, 'NotFound')) {
    return (object.namespace ?? '') === '' ? `namespace not specified: ${words}` : `not found: ${words}`
  }
  return `dry-run failed${reason === '' ? '' : ` (${reason})`}: ${words}`
}

function reasonOf(error: unknown): string {
  if (!(error instanceof KubeError)) return ''
  return error.causes.some(({ reason }) => reason === 'FieldManagerConflict') ? 'FieldManagerConflict' : error.reason
}

/** Whether the error is about the way to the server rather than about the object: trying more objects would only take time. */
export function isInfrastructure(error: unknown): boolean {
  return isKubeError(error, 'ConfigInvalid', 'TlsFailed', 'Timeout', 'TooManyRequests', 'Unauthorized', 'Unreachable')
}

/**
 * Whether the server refuses the change, not the object: as kubectl does, every Conflict and Invalid counts, and the words that admission
 * webhooks and CEL rules use.
 */
export function isImmutable(error: unknown): boolean {
  return isKubeError(error, 'Conflict', 'Invalid') || /is\simmutable|immutable\sfield/.test(errorMessage(error))
}
