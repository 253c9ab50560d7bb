// SPDX-License-Identifier: Apache-2.0
import { fetchFailedCondition, markTrue, storageOperationFailedCondition } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { Failed, ReconcileContext, Stalled } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'

/** Marks FetchFailed and ends the run; tried again with backoff. */
export function fetchFailed(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Failed {
  markTrue(obj, fetchFailedCondition, reason, errorMessage(error), new Date(ctx.clock.now()))
  return { kind: 'failed', reason, error }
}

/** Marks FetchFailed and ends the run for good, until the object changes. */
export function fetchStalled(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Stalled {
  markTrue(obj, fetchFailedCondition, reason, errorMessage(error), new Date(ctx.clock.now()))
  return { kind: 'stalled', reason, error, observe: true }
}

/** Marks StorageOperationFailed and ends the run; tried again with backoff. */
export function storageFailed(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Failed {
  markTrue(obj, storageOperationFailedCondition, reason, errorMessage(error), new Date(ctx.clock.now()))
  return { kind: 'failed', reason, error }
}
