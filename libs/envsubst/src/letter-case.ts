// SPDX-License-Identifier: Apache-2.0
import type { ByteText } from './bytes.ts'
import { characterAt, fromBytesLossy, toBytes } from './bytes.ts'

/** Greek letters with an iota below have one-to-one partners that JavaScript replaces by two letters. */
const iotaBelow = /[\u1F80-\u1F87\u1F90-\u1F97\u1FA0-\u1FA7]/
const iotaBelowAlone = /[\u1FB3\u1FC3\u1FF3]/

/** Every character in upper case where that is one character, as Go has it: `ß` stays. */
export function toUpper(bytes: ByteText): ByteText {
  return mapCharacters(bytes, upper)
}

/** Every character in lower case, without regard to its neighbours: a final sigma is none. */
export function toLower(bytes: ByteText): ByteText {
  return mapCharacters(bytes, lower)
}

/** The first character in upper case. */
export function toUpperFirst(bytes: ByteText): ByteText {
  return mapFirst(bytes, upper)
}

/** The first character in lower case. */
export function toLowerFirst(bytes: ByteText): ByteText {
  return mapFirst(bytes, lower)
}

function upper(character: string): string {
  if (iotaBelow.test(character)) return shift(character, 8)
  if (iotaBelowAlone.test(character)) return shift(character, 9)
  const mapped = character.toUpperCase()
  return isOne(mapped) ? mapped : character
}

function lower(character: string): string {
  if (character === '\u0130') return 'i'
  const mapped = character.toLowerCase()
  return isOne(mapped) ? mapped : character
}

function isOne(text: string): boolean {
  return Array.from(text).length === 1
}

function shift(character: string, by: number): string {
  return String.fromCodePoint((character.codePointAt(0) ?? 0) + by)
}

function mapFirst(bytes: ByteText, map: (character: string) => string): ByteText {
  if (bytes === '') return bytes
  const { character, width } = characterAt(bytes, 0)
  return toBytes(map(character)) + bytes.slice(width)
}

function mapCharacters(bytes: ByteText, map: (character: string) => string): ByteText {
  return toBytes(Array.from(fromBytesLossy(bytes), map).join(''))
}
