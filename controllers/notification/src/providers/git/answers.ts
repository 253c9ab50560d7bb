// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../../errors.ts'
import type { Answer } from '../../sender/sender.ts'

/** An object of an answer. */
export type Item = Readonly<Record<string, unknown>>

/** A list of objects that a service answered with. Throws `Refused` for anything else: the address leads to something else. */
export function readList({ text }: Pick<Answer, 'text'>, service: string): readonly Item[] {
  const list = parse(text)
  if (Array.isArray(list) && list.every((each) => typeof each === 'object' && each !== null)) return list as Item[]
  throw new NotificationError(
    'Refused',
    `${service} did not answer with a list: does the address name a repository of it?`,
  )
}

/** An object that a service answered with. Throws `Refused` for anything else. */
export function readItem({ text }: Pick<Answer, 'text'>, service: string): Item {
  const item = parse(text)
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) return item as Item
  throw new NotificationError('Refused', `${service} did not answer with an object: does the address lead to it?`)
}

/** A member that is a text or a number; '' where there is none. */
export function textOf(item: Item | undefined, key: string): string {
  const value = item?.[key]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** A member that is an object. */
export function memberOf(item: Item, key: string): Item | undefined {
  const value = item[key]
  return typeof value === 'object' && value !== null ? (value as Item) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
