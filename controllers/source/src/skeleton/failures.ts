// SPDX-License-Identifier: Apache-2.0
import {
  fetchFailedCondition,
  markFalse,
  markTrue,
  sourceVerifiedCondition,
  storageOperationFailedCondition,
} from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { Failed, ReconcileContext, Stalled } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'

/** Marks FetchFailed and ends the run; tried again with backoff. */
export function fetchFailed(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Failed {
  mark(ctx, obj, fetchFailedCondition, reason, error)
  return { kind: 'failed', reason, error }
}

/** Marks FetchFailed and ends the run for good, until the object changes. */
export function fetchStalled(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Stalled {
  mark(ctx, obj, fetchFailedCondition, reason, error)
  return { kind: 'stalled', reason, error, observe: true }
}

/** Marks StorageOperationFailed and ends the run; tried again with backoff. */
export function storageFailed(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Failed {
  mark(ctx, obj, storageOperationFailedCondition, reason, error)
  return { kind: 'failed', reason, error }
}

/** Marks SourceVerified False and ends the run, before anything is stored; tried again with backoff. */
export function verificationFailed(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Failed {
  markUnverified(ctx, obj, reason, error)
  return { kind: 'failed', reason, error }
}

/** Marks SourceVerified False and ends the run for good, until the object changes. */
export function verificationStalled(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): Stalled {
  markUnverified(ctx, obj, reason, error)
  return { kind: 'stalled', reason, error, observe: true }
}

function markUnverified(ctx: ReconcileContext, obj: SourceObject, reason: string, error: Error): void {
  markFalse(obj, sourceVerifiedCondition, reason, redact(errorMessage(error)), new Date(ctx.clock.now()))
}

function mark(ctx: ReconcileContext, obj: SourceObject, type: string, reason: string, error: Error): void {
  markTrue(obj, type, reason, redact(errorMessage(error)), new Date(ctx.clock.now()))
}
