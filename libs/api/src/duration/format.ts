// SPDX-License-Identifier: Apache-2.0

const second = 1_000_000_000n

/** The duration as Go's `Duration.String` writes it: `1h0m0s`, `151.047526ms`, `0s`. `ms` is rounded to whole nanoseconds. */
export function formatDuration(ms: number): string {
  return formatDurationNanos(BigInt(Math.round(ms * 1e6)))
}

/** As `formatDuration`, from whole nanoseconds. */
export function formatDurationNanos(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  if (nanos < 0n) return `-${formatDurationNanos(-nanos)}`
  if (nanos < 1_000n) return `${nanos}ns`
  if (nanos < 1_000_000n) return `${decimal(nanos, 3)}µs`
  if (nanos < second) return `${decimal(nanos, 6)}ms`
  const minutes = nanos / (60n * second)
  const seconds = `${decimal(nanos % (60n * second), 9)}s`
  if (minutes === 0n) return seconds
  const hours = minutes / 60n
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`
}

/** `value / 10^places` without trailing zeros. */
function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/(?<!0)0+$/, '')
  const whole = digits.slice(0, -places)
  return fraction === '' ? whole : `${whole}.${fraction}`
}
