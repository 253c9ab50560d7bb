// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'
import type { HealthObject } from './types.ts'

/** A field that a rule must read has the wrong type; `statusOf` turns it into `Unknown`. */
export class MalformedError extends CodedError<'Malformed'> {}

/** One entry of `status.conditions`; absent fields are empty. */
export interface ConditionView {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** The value at the path, or undefined where any part of it is missing or no object. */
export function fieldAt(object: unknown, path: readonly string[]): unknown {
  let value = object
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/** The whole number at the path; anything else counts as absent. */
export function intAt(object: HealthObject, path: readonly string[], absent: number): number {
  const value = fieldAt(object, path)
  return typeof value === 'number' && Number.isInteger(value) ? value : absent
}

/** The text at the path; anything else counts as absent. */
export function textAt(object: HealthObject, path: readonly string[], absent: string): string {
  const value = fieldAt(object, path)
  return typeof value === 'string' ? value : absent
}

/** The whole number at a path whose wrong type must not pass as absent. Throws `MalformedError`. */
export function strictIntAt(object: HealthObject, path: readonly string[]): number | undefined {
  const [parentName, name] = [path[0] ?? '', path[1] ?? '']
  const parent = fieldAt(object, [parentName])
  if (parent === undefined || parent === null) return undefined
  if (typeof parent !== 'object' || Array.isArray(parent)) throw malformed(parentName, 'an object', parent)
  if (!Object.hasOwn(parent, name)) return undefined
  const value = (parent as Record<string, unknown>)[name]
  if (typeof value !== 'number' || !Number.isInteger(value)) throw malformed(path.join('.'), 'a whole number', value)
  return value
}

/** `status.conditions`, in order. Throws `MalformedError` where they are no list of objects with text fields. */
export function conditionsOf(object: HealthObject): readonly ConditionView[] {
  const { status } = object
  if (status === undefined || status === null) return []
  if (typeof status !== 'object' || Array.isArray(status)) throw malformed('status', 'an object', status)
  const { conditions } = status as { conditions?: unknown }
  if (conditions === undefined || conditions === null) return []
  if (!Array.isArray(conditions)) throw malformed('status.conditions', 'a list', conditions)
  return conditions.map((entry: unknown, at) => toCondition(entry, `status.conditions[${at}]`))
}

function toCondition(entry: unknown, path: string): ConditionView {
  if (entry === null) return { type: '', status: '', reason: '', message: '' }
  if (typeof entry !== 'object' || Array.isArray(entry)) throw malformed(path, 'an object', entry)
  const read = (name: string): string => {
    const value = (entry as Record<string, unknown>)[name]
    if (value === undefined || value === null) return ''
    if (typeof value !== 'string') throw malformed(`${path}.${name}`, 'text', value)
    return value
  }
  return { type: read('type'), status: read('status'), reason: read('reason'), message: read('message') }
}

function malformed(path: string, wanted: string, found: unknown): MalformedError {
  const is = found === null ? 'null' : Array.isArray(found) ? 'a list' : `a ${typeof found}`
  return new MalformedError('Malformed', `${path} must be ${wanted}, but is ${is}`)
}
