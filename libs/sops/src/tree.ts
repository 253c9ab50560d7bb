// SPDX-License-Identifier: Apache-2.0

/** A comment line without its mark. `inline`: it stood behind a value. */
export class Comment {
  readonly text: string
  readonly inline: boolean

  constructor(text: string, inline = false) {
    this.text = text
    this.inline = inline
  }
}

/** A point in time as Go prints it with nanoseconds (RFC 3339). */
export class Timestamp {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A decrypted text that is no UTF-8, such as the content of a binary file. */
export class RawText {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** A value without members. Integers are bigint, so that they stay apart from floats and keep their 64 bits. */
export type Leaf = string | bigint | number | boolean | Timestamp | RawText | Uint8Array | Comment

/** A value of the tree. */
export type Value = Leaf | null | readonly Value[] | Branch

/** One entry of a branch: a key with its value, or a comment between such entries. */
export type Item = { readonly key: string; readonly value: Value } | { readonly comment: Comment }

/** A mapping in the order of the file; a key may stand twice, as in JSON it may. */
export class Branch {
  readonly items: readonly Item[]

  constructor(items: readonly Item[]) {
    this.items = items
  }

  /** The value of the first entry with this key, undefined where there is none. */
  get(key: string): Value | undefined {
    for (const item of this.items) if ('key' in item && item.key === key) return item.value
    return undefined
  }
}

/** A number as Go's `strconv.FormatFloat(n, 'f', -1, 64)` prints it: no exponent, as many digits as it takes. */
function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value))
  if (match === null) return String(value)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** What a leaf adds to the MAC. */
export function leafBytes(leaf: Leaf): Uint8Array {
  if (typeof leaf === 'string') return Buffer.from(leaf)
  if (typeof leaf === 'bigint') return Buffer.from(String(leaf))
  if (typeof leaf === 'number') return Buffer.from(formatFloat(leaf))
  if (typeof leaf === 'boolean') return Buffer.from(leaf ? 'True' : 'False')
  if (leaf instanceof RawText) return leaf.bytes
  if (leaf instanceof Uint8Array) return leaf
  return Buffer.from(leaf.text)
}

/** A leaf as the flat formats print it; a text stays as it is. */
export function leafText(leaf: Exclude<Leaf, Comment>): string | Uint8Array {
  if (typeof leaf === 'number') return generalFloat(leaf)
  if (typeof leaf === 'boolean') return String(leaf)
  if (leaf instanceof Timestamp) return leaf.text.replace(/\.\d+/, '')
  if (leaf instanceof RawText) return leaf.bytes
  if (leaf instanceof Uint8Array) return `[${leaf.join(' ')}]`
  return String(leaf)
}

/** Go's 'G' with shortest digits: an exponent below 1e-4 and from 1e6, and never the look of an integer. */
function generalFloat(value: number): string {
  const plain = formatFloat(value)
  if (!Number.isFinite(value)) return `${plain}.0`.replace(/(Inf|NaN)\.0/, '$1')
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value !== 0 && (power < -4 || power >= 6)) {
    return `${mantissa}E${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  }
  return plain.includes('.') ? plain : `${plain}.0`
}
