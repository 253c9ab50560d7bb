// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../../errors.ts'
import type { Answer } from '../../sender/sender.ts'

/** An object of an answer. */
export type Item = Readonly<Record<string, unknown>>

/** A list of objects that a service answered with. Throws `Refused` for anything else: the address leads to something else. */
export function readList({ text }: Pick<Answer, 'text'>, service: string): readonly Item[] {
  const list = parse(text)
  if (isList(list)) return list
  throw new NotificationError(
    'Refused',
    `${service} did not answer with a list: does the address name a repository of it?`,
  )
}

/** A list of objects in an answer. Throws `Refused` for anything else. */
export function readItems(item: Item, key: string, service: string): readonly Item[] {
  const list = item[key]
  if (isList(list)) return list
  throw new NotificationError(
    'Refused',
    `${service} did not answer with a list in ${key}: does the address lead to it?`,
  )
}

/** An answer; undefined where the service knows of nothing there (404). Throws what else the request threw. */
export async function answerIfFound(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof NotificationError && error.details['status'] === 404) return undefined
    throw error
  }
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

function isList(value: unknown): value is readonly Item[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
