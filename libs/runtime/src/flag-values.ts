// SPDX-License-Identifier: Apache-2.0
import { parseDuration, parseLabelSelector } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { RuntimeError } from './errors.ts'

/** Turns a flag's text into its value. Throws `FlagInvalid` naming the flag and what would be right. */
export type FlagParser<V> = (flag: string, text: string) => V

function invalid(flag: string, text: string, rule: string): RuntimeError {
  return new RuntimeError('FlagInvalid', `${flag}: '${text}' ${rule}`)
}

/** A whole number between two bounds, both included. */
export function integerFlag(min: number, max: number = Number.MAX_SAFE_INTEGER): FlagParser<number> {
  return (flag, text) => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text.trim()) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
      throw invalid(flag, text, `must be a whole number ${range}`)
    }
    return value
  }
}

/** A number of at least `min`; fractions are allowed, as in Go's float flags. */
export function numberFlag(min: number): FlagParser<number> {
  return (flag, text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || value < min)
      throw invalid(flag, text, `must be a number of at least ${min}`)
    return value
  }
}

/** A Go duration of at least `minMs`, in milliseconds. */
export function durationFlag(minMs: number = 0): FlagParser<number> {
  return (flag, text) => {
    let value: number
    try {
      value = parseDuration(text)
    } catch (error) {
      throw invalid(flag, text, `must be a duration such as 30s or 1h30m (${errorMessage(error)})`)
    }
    if (value < minMs) throw invalid(flag, text, `must be at least ${minMs}ms`)
    return value
  }
}

/** A boolean in the forms that Go's flags take. */
export const booleanFlag: FlagParser<boolean> = (flag, text) => {
  if (['true', 't', '1', 'TRUE', 'True', 'T'].includes(text)) return true
  if (['false', 'f', '0', 'FALSE', 'False', 'F'].includes(text)) return false
  throw invalid(flag, text, 'must be true or false')
}

/** One of some words. */
export function wordFlag<W extends string>(words: readonly W[]): FlagParser<W> {
  return (flag, text) => {
    const word = words.find((each) => each === text)
    if (word === undefined) throw invalid(flag, text, `must be one of ${words.join(', ')}`)
    return word
  }
}

/** Any text. */
export const textFlag: FlagParser<string> = (_flag, text) => text

/** A label selector, checked for its shape; the API server has the last word. */
export const selectorFlag: FlagParser<string> = (flag, text) => {
  try {
    parseLabelSelector(text)
  } catch (cause) {
    throw invalid(flag, text, `is no label selector: ${errorMessage(cause)}`)
  }
  return text
}

/** An http(s) URL, or nothing. */
export const urlFlag: FlagParser<string> = (flag, text) => {
  if (text === '') return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new RuntimeError('FlagInvalid', `${flag}: must be an http:// or https:// URL`)
  return text
}

/** Words between commas; empty ones do not count. */
export const listFlag: FlagParser<readonly string[]> = (_flag, text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
