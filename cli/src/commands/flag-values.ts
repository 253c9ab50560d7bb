// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { InvalidArgumentError } from 'commander'

/** Accepts a duration such as `90s` as the value of a flag, and keeps its text. Throws commander's InvalidArgumentError, which names the flag. */
export function durationFlag(text: string): string {
  let durationMs: number
  try {
    durationMs = parseDuration(text)
  } catch (cause) {
    throw new InvalidArgumentError(`${errorMessage(cause)}. Write for example 90s or 5m.`)
  }
  if (durationMs <= 0) throw new InvalidArgumentError('It must be more than nothing, for example 90s or 5m.')
  return text
}
