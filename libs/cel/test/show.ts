// SPDX-License-Identifier: Apache-2.0
import { Duration, nanosOfSecond, Timestamp, unixSeconds } from '../src/value/time.ts'
import { adopt, CelMap, Double, MessageValue, Optional, TypeValue, Uint } from '../src/value/values.ts'
import type { Value } from '../src/value/values.ts'

/** A value as text in which two values are the same exactly if they are of one type and equal, as `testdata/cel-go.json` has them. */
export function show(value: Value): string {
  if (typeof value === 'bigint') return `i:${value}`
  if (typeof value === 'string') return `s:${Buffer.from(value).toString('hex')}`
  if (typeof value === 'boolean' || value === null) return String(value)
  if (Array.isArray(value)) return `[${value.map((item: unknown) => show(adopt(item))).join(',')}]`
  return showObject(value as Exclude<typeof value, readonly unknown[]>)
}

type Other = Exclude<Value, bigint | string | boolean | null | readonly unknown[]>

function showObject(value: Other): string {
  if (value instanceof Uint) return `u:${value.value}`
  if (value instanceof Double) return `d:${bits(value.value)}`
  if (value instanceof Uint8Array) return `b:${Buffer.from(value).toString('hex')}`
  if (value instanceof Timestamp) return `ts:${showTime(value)}`
  if (value instanceof Duration) return `du:${value.nanos}`
  if (value instanceof TypeValue) return `T:${value.name}`
  if (value instanceof MessageValue) return `obj:${value.name}`
  if (value instanceof Optional) return value.value === undefined ? 'none' : `opt(${show(value.value)})`
  return value instanceof CelMap ? showMap(value) : 'unknown'
}

function bits(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16)
}

function showTime(time: Timestamp): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.abs(time.zoneMinutes)
  const zone = `${time.zoneMinutes < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`
  return `${unixSeconds(time)}.${String(nanosOfSecond(time)).padStart(9, '0')}/${zone}`
}

function showMap(map: CelMap): string {
  const entries = [...map.keys()].map((key) => `${show(key)}=${show(map.get(key) ?? null)}`)
  return `{${entries.sort((a, b) => (a < b ? -1 : 1)).join(',')}}`
}
