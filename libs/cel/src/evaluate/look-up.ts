// SPDX-License-Identifier: Apache-2.0
import { failure } from '../errors.ts'
import { numberIn } from '../value/equality.ts'
import { typeName } from '../value/type-of.ts'
import { messages } from '../messages/descriptors.ts'
import type { Field } from '../messages/descriptors.ts'
import { zeroOf } from '../messages/make-message.ts'
import { adopt, CelMap, MessageValue } from '../value/values.ts'
import type { Value } from '../value/values.ts'

/**
 * What a map holds under a key or a list at an index; undefined if it is not there, or if the value is neither map nor list. Fails
 * for an index that is no number.
 */
export function lookUp(container: Value | undefined, key: Value): Value | undefined {
  if (container instanceof CelMap) return container.get(key)
  if (container instanceof MessageValue) return lookUpField(container, key)
  if (!Array.isArray(container)) return undefined
  const index = indexIn(key)
  return index >= 0 && index < container.length ? adopt(container[index]) : undefined
}

/** The same, but fails when nothing is there. */
export function lookUpOrFail(container: Value, key: Value): Value {
  const found = lookUp(container, key)
  if (found !== undefined) return found
  if (container instanceof MessageValue) return zeroField(container, key)
  throw failure(Array.isArray(container) ? `index out of bounds: ${show(key)}` : `no such key: ${show(key)}`)
}

function fieldIn({ name }: MessageValue, key: Value): Field {
  const field = messages.get(name)?.fields.find((each) => each.name === key)
  if (field === undefined) throw failure(`no such field '${show(key)}'`)
  return field
}

function lookUpField(message: MessageValue, key: Value): Value | undefined {
  return message.fields.get(fieldIn(message, key).name)
}

// a field that is not set is read as the zero of its kind
function zeroField(message: MessageValue, key: Value): Value {
  return zeroOf(fieldIn(message, key).kind)
}

function indexIn(key: Value): number {
  const number = numberIn(key)
  if (number === undefined) throw failure(`unsupported index type '${typeName(key)}' in list`)
  if (typeof number === 'number' && !Number.isInteger(number))
    throw failure(`unsupported index value ${number} in list`)
  return Number(number)
}

function show(key: Value): string {
  return String(typeof key === 'string' || typeof key === 'boolean' ? key : (numberIn(key) ?? typeName(key)))
}
