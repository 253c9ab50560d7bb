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

/** One more value of a flag that may be repeated. */
export function addToList(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** More values of a flag that takes them with commas between, and may be repeated. */
export function addWithCommas(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').filter((each) => each !== '')]
}

/** The value of a flag of the form `--flag [boolean]`, as CommandLine spells it. */
export function booleanFlag(text: string): boolean {
  return text === 'true'
}
