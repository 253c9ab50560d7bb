// SPDX-License-Identifier: Apache-2.0

const surrogate = /[\uD800-\uDFFF]/

/** Whether each UTF-16 unit is one character, so that indexes of JavaScript are those of CEL. */
export function isPlain(text: string): boolean {
  return !surrogate.test(text)
}

/** The length in characters (code points). */
export function lengthOf(text: string): number {
  if (isPlain(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

/** The characters of the text. */
export function charactersOf(text: string): string[] {
  return Array.from(text)
}

/** Orders texts by code point, which is the order of their UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  if (isPlain(a) && isPlain(b)) return a < b ? -1 : a > b ? 1 : 0
  const [left, right] = [charactersOf(a), charactersOf(b)]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? '').codePointAt(0)! - (right[i] ?? '').codePointAt(0)!
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
