// SPDX-License-Identifier: Apache-2.0
import { failure } from '../errors.ts'

/** A moment, in nanoseconds since 1970 in UTC. The zone it was written in only shows when it is turned into text. */
export class Timestamp {
  readonly nanos: bigint
  readonly zoneMinutes: number
  constructor(nanos: bigint, zoneMinutes = 0) {
    this.nanos = nanos
    this.zoneMinutes = zoneMinutes
  }
}

/** A length of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

const second = 1_000_000_000n
const firstNanos = -62_135_596_800n * second
const lastNanos = 253_402_300_800n * second - 1n

/** Whether the moment is in the years 1 to 9999. */
export function isTimestampNanos(nanos: bigint): boolean {
  return nanos >= firstNanos && nanos <= lastNanos
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** Reads RFC 3339; undefined if it is not, or names a day that does not exist. The range is the caller's to check. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, secondOfMinute] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  if (hour > 23 || minute > 59 || secondOfMinute > 59) return undefined
  const zone = match[8] === undefined ? 0 : zoneOf(match[8], Number(match[9]), Number(match[10]))
  if (zone === undefined) return undefined
  date.setUTCHours(hour, minute - zone, secondOfMinute)
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return new Timestamp((BigInt(date.getTime()) / 1000n) * second + fraction, zone)
}

function zoneOf(sign: string, hours: number, minutes: number): number | undefined {
  if (hours > 24 || minutes > 59) return undefined
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/** Whole seconds since 1970, rounded down. */
export function unixSeconds({ nanos }: Timestamp): bigint {
  return nanos >= 0n ? nanos / second : -((-nanos + second - 1n) / second)
}

/** Nanoseconds within the second. */
export function nanosOfSecond(time: Timestamp): bigint {
  return time.nanos - unixSeconds(time) * second
}

/** The moment without what is below a second. Fails beyond the 271,821 years around 1970 that a Date covers. */
export function toDate(time: Timestamp): Date {
  const date = new Date(Number(unixSeconds(time)) * 1000)
  // a day is left for the zone
  if (!(Math.abs(date.getTime()) < 8.64e15 - 86_400_000)) throw failure('timestamp overflow')
  return date
}

/** RFC 3339 with as many fractional digits as are needed, in the zone that it was written in. */
export function formatTimestamp(time: Timestamp, zoneMinutes: number = time.zoneMinutes): string {
  const date = toDate(time)
  date.setTime(date.getTime() + zoneMinutes * 60_000)
  const pad = (value: number, width = 2) => String(value).padStart(width, '0')
  const year = date.getUTCFullYear()
  const day = `${year < 0 ? '-' : ''}${pad(Math.abs(year), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`
  const clock = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`
  const nanos = String(nanosOfSecond(time))
    .padStart(9, '0')
    .replace(/(?<!0)0+$/, '')
  const fraction = nanos === '' ? '' : `.${nanos}`
  return `${day}T${clock}${fraction}${formatZone(zoneMinutes)}`
}

function formatZone(minutes: number): string {
  if (minutes === 0) return 'Z'
  const size = Math.abs(minutes)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${pad(Math.trunc(size / 60))}:${pad(size % 60)}`
}

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
}

const durationPart = /(\d+)?(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y

/** Reads a duration as Go writes it, such as `1h30m` or `-1.5s`; undefined if it is not one or does not fit. */
export function parseDuration(text: string): Duration | undefined {
  const negative = text.startsWith('-')
  const body = /^[+-]/.test(text) ? text.slice(1) : text
  if (body === '0') return new Duration(0n)
  if (body === '' || body.length > 200) return undefined
  let nanos = 0n
  durationPart.lastIndex = 0
  while (durationPart.lastIndex < body.length) {
    const [whole, count, fraction, unit] = durationPart.exec(body) ?? []
    if (whole === undefined || ((count ?? '') === '' && (fraction ?? '') === '')) return undefined
    const scale = unitNanos[unit ?? ''] ?? 0n
    nanos += BigInt(count ?? '0') * scale
    if ((fraction ?? '') !== '') nanos += (BigInt(fraction ?? '0') * scale) / 10n ** BigInt((fraction ?? '').length)
  }
  const signed = negative ? -nanos : nanos
  return isDurationNanos(signed) ? new Duration(signed) : undefined
}

/** Whether the length fits 64 bits of nanoseconds, which is what Go holds. */
export function isDurationNanos(nanos: bigint): boolean {
  return nanos >= -(2n ** 63n) && nanos < 2n ** 63n
}
