// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'

/**
 * Puts a secret together again from parts of Shamir's scheme over GF(256) with AES' polynomial, each byte shared alone; the last byte of
 * a part is its x. With fewer parts than the secret was split for the result is another secret, as the scheme has it. Throws
 * `KeyUnavailable` for parts that cannot belong together.
 */
export function combineParts(parts: readonly Uint8Array[]): Uint8Array {
  const length = (parts[0]?.length ?? 0) - 1
  const xs = parts.map((part) => part[length] ?? 0)
  const fits = parts.length >= 2 && length >= 1 && parts.every((part) => part.length === length + 1)
  if (!fits || new Set(xs).size !== xs.length)
    throw new SopsError('KeyUnavailable', 'the parts of the data key do not belong together')
  const weights = xs.map((x, index) => weightAtZero(x, xs.toSpliced(index, 1)))
  const secret = new Uint8Array(length)
  for (let at = 0; at < length; at++) {
    secret[at] = parts.reduce((sum, part, index) => sum ^ multiply(part[at] ?? 0, weights[index] ?? 0), 0)
  }
  return secret
}

/** Lagrange's basis polynomial of `x` at 0; in this field minus is plus is xor. */
function weightAtZero(x: number, others: readonly number[]): number {
  return others.reduce((weight, other) => multiply(weight, multiply(other, inverse(x ^ other))), 1)
}

function multiply(left: number, right: number): number {
  let product = 0
  for (let a = left, b = right; b !== 0; b >>= 1) {
    if ((b & 1) !== 0) product ^= a
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
  }
  return product
}

/** The 254th power, since the field's group has 255 elements. */
function inverse(value: number): number {
  let result = 1
  for (let power = value, exponent = 254; exponent !== 0; exponent >>= 1) {
    if ((exponent & 1) !== 0) result = multiply(result, power)
    power = multiply(power, power)
  }
  return result
}
