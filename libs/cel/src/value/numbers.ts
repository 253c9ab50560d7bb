// SPDX-License-Identifier: Apache-2.0

/** The shortest text that reads back as the number, as Go's `%g` writes it: `1e+06`, `0.1`. */
export function formatShortest(value: number): string {
  const special = formatSpecial(value, '+Inf', '-Inf')
  if (special !== undefined) return special
  const [digits = '0', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value !== 0 && (power < -4 || power >= 6)) return `${digits}e${formatExponent(power)}`
  return formatPositional(value)
}

/** The shortest text without an exponent: `1000000`, `0.0000001`. */
export function formatPositional(value: number): string {
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const point = Number(exponent) + 1
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`.replace(/\.0+$/, '')
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Go's `%.Ne`: at least two digits of exponent. */
export function formatScientific(value: number, precision: number): string {
  const [digits = '0', exponent = '0'] = value.toExponential(precision).split('e')
  const sign = Object.is(value, -0) ? '-' : ''
  return `${sign}${digits}e${formatExponent(Number(exponent))}`
}

function formatExponent(power: number): string {
  return `${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

/** The exact decimal value with so many digits after the point, halves to even. */
export function formatFixed(value: number, precision: number): string {
  const { mantissa, power } = decompose(Math.abs(value))
  const scaled = mantissa * 10n ** BigInt(precision)
  const digits = String(power >= 0 ? scaled << BigInt(power) : roundedShift(scaled, BigInt(-power)))
  const padded = digits.padStart(precision + 1, '0')
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const whole = padded.slice(0, padded.length - precision)
  return precision === 0 ? `${sign}${whole}` : `${sign}${whole}.${padded.slice(-precision)}`
}

function decompose(value: number): { mantissa: bigint; power: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number(bits >> 52n)
  const fraction = bits & (2n ** 52n - 1n)
  return exponent === 0
    ? { mantissa: fraction, power: -1074 }
    : { mantissa: fraction | (1n << 52n), power: exponent - 1075 }
}

function roundedShift(value: bigint, shift: bigint): bigint {
  const quotient = value >> shift
  const rest = value - (quotient << shift)
  const half = 1n << (shift - 1n)
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

/** NaN and the infinities under the given names; undefined for numbers. */
export function formatSpecial(value: number, positive: string, negative: string): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return positive
  return value === -Infinity ? negative : undefined
}
