// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { TSchemaOptions, TStringOptions, TSchema } from 'typebox'

/** A CEL rule that the API server enforces (`x-kubernetes-validations`). */
export interface CelRule {
  readonly rule: string
  readonly message: string
}

/** Options that carry CEL rules for an object. */
export function withRules(...rules: readonly CelRule[]): { 'x-kubernetes-validations': readonly CelRule[] } {
  return { 'x-kubernetes-validations': rules }
}

/** A string field. */
export const text = (description: string, options: TStringOptions = {}) => Type.String({ description, ...options })

/** A boolean field. */
export const flag = (description: string, options: TSchemaOptions = {}) => Type.Boolean({ description, ...options })

/** A point in time, RFC 3339. */
export const time = (description: string) => Type.String({ description, format: 'date-time' })

/** A 64-bit integer. */
export const int64 = (description: string, options: { minimum?: number } = {}) =>
  Type.Integer({ description, format: 'int64', ...options })

/** One of some strings. A structural schema wants the type beside the enum, which `Type.Enum` leaves out. */
export const choice = <const Values extends string[]>(
  description: string,
  values: readonly [...Values],
  options: TSchemaOptions = {},
) => Type.Enum(values, { type: 'string', description, ...options })

/** A list. */
export const list = <Item extends TSchema>(description: string, items: Item) => Type.Array(items, { description })

/**
 * A map of strings. `Type.Record` writes patternProperties, which a structural schema forbids, so the schema is given
 * by hand.
 */
export const stringMap = (description: string) =>
  Type.Unsafe<Record<string, string>>({ type: 'object', description, additionalProperties: { type: 'string' } })
