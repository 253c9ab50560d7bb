// SPDX-License-Identifier: Apache-2.0

const isLetter = (character: string): boolean => /\p{L}/u.test(character)
const isDigit = (character: string | undefined): boolean => character !== undefined && /\p{Nd}/u.test(character)

/** The order in which go-yaml 2 writes keys: letters behind all else, numbers within them by their value. */
export function compareKeys(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)]
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const [one = '', other = ''] = [left[index], right[index]]
    if (one === other) continue
    const [oneIsLetter, otherIsLetter] = [isLetter(one), isLetter(other)]
    if (oneIsLetter && otherIsLetter) return one < other ? -1 : 1
    if (oneIsLetter || otherIsLetter) return otherIsLetter ? -1 : 1
    return compareNumbers(left, right, index) || (one < other ? -1 : 1)
  }
  return left.length - right.length
}

function compareNumbers(left: readonly string[], right: readonly string[], index: number): number {
  const [one, other] = [digitsFrom(left, index), digitsFrom(right, index)]
  // behind a digit that both have, a zero counts as a digit of a longer number
  const prefix = (left[index] === '0' || right[index] === '0') && hasDigitBefore(left, index) ? '1' : ''
  const difference = BigInt(`${prefix}${one}` || '0') - BigInt(`${prefix}${other}` || '0')
  if (difference !== 0n) return difference < 0n ? -1 : 1
  return one.length - other.length
}

function digitsFrom(characters: readonly string[], index: number): string {
  let end = index
  while (isDigit(characters[end])) end++
  return characters.slice(index, end).join('')
}

function hasDigitBefore(characters: readonly string[], index: number): boolean {
  for (let at = index - 1; at >= 0 && isDigit(characters[at]); at--) if (characters[at] !== '0') return true
  return false
}
