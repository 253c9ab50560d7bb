// SPDX-License-Identifier: Apache-2.0
import type { ConditionHolder } from '../meta/object.ts'
import { readyCondition, reconcilingCondition, stalledCondition } from '../names/conditions.ts'
import type { Condition, ConditionStatus } from '../schema/condition.ts'

/** The condition of that type, or undefined when the object has none. */
export function getCondition(obj: ConditionHolder, type: string): Condition | undefined {
  return obj.status?.conditions?.find((condition) => condition.type === type)
}

/** The status of the condition of that type, or undefined when the object has none. */
export function conditionStatus(obj: ConditionHolder, type: string): ConditionStatus | undefined {
  return getCondition(obj, type)?.status
}

/** Whether the condition is there and True. */
export function isTrue(obj: ConditionHolder, type: string): boolean {
  return conditionStatus(obj, type) === 'True'
}

/** Whether the condition is there and False. */
export function isFalse(obj: ConditionHolder, type: string): boolean {
  return conditionStatus(obj, type) === 'False'
}

/** Whether the condition is Unknown or not there. */
export function isUnknown(obj: ConditionHolder, type: string): boolean {
  return (conditionStatus(obj, type) ?? 'Unknown') === 'Unknown'
}

/** Whether Ready is True and the object is neither reconciling nor stalled. Says nothing about the generation. */
export function isReady(obj: ConditionHolder): boolean {
  return isTrue(obj, readyCondition) && !isStalled(obj) && !isReconciling(obj)
}

/** Whether the object is stalled and not reconciling. */
export function isStalled(obj: ConditionHolder): boolean {
  return isTrue(obj, stalledCondition) && !isTrue(obj, reconcilingCondition)
}

/** Whether the object is reconciling and not stalled. */
export function isReconciling(obj: ConditionHolder): boolean {
  return isTrue(obj, reconcilingCondition) && !isTrue(obj, stalledCondition)
}
