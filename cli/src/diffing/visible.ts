// SPDX-License-Identifier: Apache-2.0

/** One line of a value with control characters written out: what an object holds must not move the terminal's cursor. */
export function visible(line: string): string {
  return line.replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu, (character) =>
    character === '\t' ? '    ' : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
