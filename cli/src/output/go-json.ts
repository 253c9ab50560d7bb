// SPDX-License-Identifier: Apache-2.0

/** JSON as Go's encoder writes it: what would be of effect within HTML is escaped. `indent` is a number of blanks; 0 for one line. */
export function toGoJson(value: object, indent: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
