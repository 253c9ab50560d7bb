// SPDX-License-Identifier: Apache-2.0
import { getCondition } from '@tidelock/api'
import type { ApiObject } from '@tidelock/api'
import { checkConditions } from './check-conditions.ts'
import { eventually } from './eventually.ts'

/** Whether Ready is True, for the newest generation. */
export function isReadyNow(obj: ApiObject): boolean {
  return getCondition(obj, 'Ready')?.status === 'True' && obj.status?.observedGeneration === obj.metadata.generation
}

/** Whether Ready is False with the reason, and with the words if any are given, for the newest generation. */
export function hasFailedNow(obj: ApiObject, reason: string, words: RegExp = /(?:)/): boolean {
  const ready = getCondition(obj, 'Ready')
  const isNow = ready?.observedGeneration === obj.metadata.generation
  return isNow && ready?.status === 'False' && ready.reason === reason && words.test(ready.message)
}

/** Status, reason and message of each condition by type. */
export function conditionsOf({ status }: ApiObject): Record<string, [string, string, string]> {
  const conditions = status?.conditions ?? []
  return Object.fromEntries(conditions.map(({ type, status: is, reason, message }) => [type, [is, reason, message]]))
}

/** Reads the object until it is as wanted; past the bound it throws what it was instead. It may be in the middle of a run. */
export function untilSeen<T extends ApiObject>(
  read: () => Promise<T>,
  isWanted: (obj: T) => boolean,
  timeoutMs?: number,
): Promise<T> {
  return untilWanted(read, isWanted, { timeoutMs, isSettled: false })
}

/** The same, with conditions that keep kstatus' rules: not in the middle of a further run. */
export function untilSettled<T extends ApiObject>(
  read: () => Promise<T>,
  isWanted: (obj: T) => boolean,
  timeoutMs?: number,
): Promise<T> {
  return untilWanted(read, isWanted, { timeoutMs, isSettled: true })
}

function untilWanted<T extends ApiObject>(
  read: () => Promise<T>,
  isWanted: (obj: T) => boolean,
  { timeoutMs, isSettled }: { readonly timeoutMs: number | undefined; readonly isSettled: boolean },
): Promise<T> {
  const check = async (): Promise<T> => {
    const obj = await read()
    const problems = checkConditions(obj)
    const wanted = isWanted(obj)
    if (wanted && (!isSettled || problems.length === 0)) return obj
    const wrong = [...(wanted ? [] : ['not as wanted']), ...problems].join('; ')
    throw new Error(`${obj.kind}/${obj.metadata.name}: ${wrong}: ${JSON.stringify(obj.status, null, 1)}`)
  }
  return eventually(check, timeoutMs === undefined ? {} : { timeoutMs })
}
