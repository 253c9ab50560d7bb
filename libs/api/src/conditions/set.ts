// SPDX-License-Identifier: Apache-2.0
import { formatTime } from '../meta/time.ts'
import type { ConditionHolder } from '../meta/object.ts'
import { readyCondition, reconcilingCondition, stalledCondition } from '../names/conditions.ts'
import type { Condition } from '../schema/condition.ts'

/** The state of a condition, without what setting it fills in. */
export type ConditionState = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Longest message of a condition, in bytes of UTF-8. */
export const maxConditionMessageBytes = 20_000

const ellipsis = '...'

/**
 * Puts the condition into `obj.status.conditions`. The list is replaced by a new, sorted one; earlier lists and
 * entries are left as they were. The transition time moves when status, reason or message differ from before;
 * the observed generation becomes `metadata.generation`; a long message is cut and ends with `...`.
 */
export function setCondition(obj: ConditionHolder, state: ConditionState, now: Date): void {
  const message = trimMessage(state.message)
  const before = obj.status?.conditions?.find(({ type }) => type === state.type)
  const same =
    before !== undefined &&
    before.status === state.status &&
    before.reason === state.reason &&
    before.message === message
  const condition: Condition = {
    type: state.type,
    status: state.status,
    reason: state.reason,
    message,
    lastTransitionTime: same ? before.lastTransitionTime : formatTime(now),
    ...(obj.metadata.generation === undefined ? {} : { observedGeneration: obj.metadata.generation }),
  }
  const others = (obj.status?.conditions ?? []).filter(({ type }) => type !== state.type)
  obj.status ??= {}
  obj.status.conditions = [...others, condition].sort(compareConditions)
}

/** Sets the condition to True. */
export function markTrue(obj: ConditionHolder, type: string, reason: string, message: string, now: Date): void {
  setCondition(obj, { type, status: 'True', reason, message }, now)
}

/** Sets the condition to False. */
export function markFalse(obj: ConditionHolder, type: string, reason: string, message: string, now: Date): void {
  setCondition(obj, { type, status: 'False', reason, message }, now)
}

/** Sets the condition to Unknown. */
export function markUnknown(obj: ConditionHolder, type: string, reason: string, message: string, now: Date): void {
  setCondition(obj, { type, status: 'Unknown', reason, message }, now)
}

/** Says that work is in progress: Reconciling becomes True and Stalled goes, since they exclude each other. */
export function markReconciling(obj: ConditionHolder, reason: string, message: string, now: Date): void {
  removeCondition(obj, stalledCondition)
  markTrue(obj, reconcilingCondition, reason, message, now)
}

/** Says that nothing will be tried again: Stalled becomes True and Reconciling goes. */
export function markStalled(obj: ConditionHolder, reason: string, message: string, now: Date): void {
  removeCondition(obj, reconcilingCondition)
  markTrue(obj, stalledCondition, reason, message, now)
}

/** Takes the condition of that type away; the list is replaced by a new one. Does nothing when there is none. */
export function removeCondition(obj: ConditionHolder, type: string): void {
  const conditions = obj.status?.conditions
  if (obj.status === undefined || conditions === undefined) return
  if (conditions.some((condition) => condition.type === type)) {
    obj.status.conditions = conditions.filter((condition) => condition.type !== type)
  }
}

const first: readonly string[] = [stalledCondition, reconcilingCondition, readyCondition]

/**
 * The order that `kubectl` users see: Stalled, Reconciling, Ready, then by the newest observed generation, then by type.
 */
export function compareConditions(a: Condition, b: Condition): number {
  const rank = weight(a) - weight(b)
  if (rank !== 0 || weight(a) < first.length) return rank
  const generation = (b.observedGeneration ?? 0) - (a.observedGeneration ?? 0)
  if (generation !== 0) return generation
  return a.type < b.type ? -1 : Number(a.type > b.type)
}

function weight({ type }: Condition): number {
  const index = first.indexOf(type)
  return index === -1 ? first.length : index
}

/** Cuts a message that is too long for a condition; never inside a character. */
export function trimMessage(message: string): string {
  const bytes = Buffer.byteLength(message)
  if (bytes <= maxConditionMessageBytes) return message
  let end = maxConditionMessageBytes - ellipsis.length
  const encoded = Buffer.from(message)
  // 10xxxxxx marks the inside of a character
  while (end > 0 && ((encoded[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1
  return encoded.toString('utf8', 0, end) + ellipsis
}
