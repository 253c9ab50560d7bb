// SPDX-License-Identifier: Apache-2.0
import { causes } from './coded-error.ts'

/**
 * One line for people: the messages of the error and its causes, joined by ": ".
 * A cause whose text the outer message already ends with is not said twice. Not redacted: see `redact`.
 */
export function errorMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  let text = ''
  for (const link of causes(error)) {
    const message = describe(link)
    if (message === '' || text.includes(message)) continue
    text = text === '' ? message : `${text}: ${message}`
  }
  return text
}

function describe(link: object): string {
  const { message, errors } = link as { message?: unknown; errors?: unknown }
  if (typeof message === 'string' && message !== '') return message
  // AggregateError of a failed dual-stack connect has an empty message of its own
  if (Array.isArray(errors)) return [...new Set(errors.map((each) => errorMessage(each)))].join('; ')
  return link instanceof Error ? link.name : ''
}
