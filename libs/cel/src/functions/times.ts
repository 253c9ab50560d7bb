// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { Duration, nanosOfSecond, Timestamp, toDate } from '../value/time.ts'
import type { Value } from '../value/values.ts'
import type { Library } from './library.ts'

type Getter = (local: Date, time: Timestamp) => number

const durationNanos: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
}

const getters: Readonly<Record<string, Getter>> = {
  getFullYear: (local) => local.getUTCFullYear(),
  getMonth: (local) => local.getUTCMonth(),
  getDayOfYear: (local) => dayOfYear(local),
  getDayOfMonth: (local) => local.getUTCDate() - 1,
  getDate: (local) => local.getUTCDate(),
  getDayOfWeek: (local) => local.getUTCDay(),
  getHours: (local) => local.getUTCHours(),
  getMinutes: (local) => local.getUTCMinutes(),
  getSeconds: (local) => local.getUTCSeconds(),
  getMilliseconds: (_, time) => Number(nanosOfSecond(time) / 1_000_000n),
}

/** Parts of moments, in UTC or a given zone, and of durations. */
export const timeFunctions: Library = Object.fromEntries(
  Object.entries(getters).map(([name, get]) => [
    name,
    ([value, zone]: readonly Value[], budget: Budget) => {
      if (value instanceof Duration) return zone === undefined ? partOf(value, durationNanos[name]) : undefined
      if (!(value instanceof Timestamp) || (zone !== undefined && typeof zone !== 'string')) return undefined
      return BigInt(get(inZone(value, zone ?? 'UTC', budget), value))
    },
  ]),
)

function partOf({ nanos }: Duration, unit: bigint | undefined): bigint | undefined {
  return unit === undefined ? undefined : nanos / unit
}

function dayOfYear(local: Date): number {
  const start = new Date(local)
  start.setUTCMonth(0, 1)
  return Math.round((local.getTime() - start.getTime()) / 86_400_000)
}

// a date whose parts in UTC are those of the moment in the zone
function inZone(time: Timestamp, zone: string, budget: Budget): Date {
  const ms = toDate(time).getTime()
  if (zone === 'UTC' || zone === '') return new Date(ms)
  const colon = zone.indexOf(':')
  if (colon >= 0) return new Date(ms + fixedMinutes(zone, colon) * 60_000)
  budget.spend(2000)
  return namedZone(ms, zone)
}

function fixedMinutes(zone: string, colon: number): number {
  const [hours, minutes] = [zone.slice(0, colon), zone.slice(colon + 1)]
  if (!/^[+-]?\d{1,2}$/.test(hours) || !/^\d{1,2}$/.test(minutes)) throw failure(`invalid time zone '${zone}'`)
  return Number(hours) * 60 + (zone.startsWith('-') ? -1 : 1) * Number(minutes)
}

function namedZone(ms: number, zone: string): Date {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const date = new Date(0)
    date.setUTCFullYear(parts['year'] ?? 0, (parts['month'] ?? 1) - 1, parts['day'] ?? 1)
    date.setUTCHours(parts['hour'] ?? 0, parts['minute'] ?? 0, parts['second'] ?? 0)
    return date
  } catch {
    throw failure(`unknown time zone ${zone}`)
  }
}
