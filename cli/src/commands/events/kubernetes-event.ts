// SPDX-License-Identifier: Apache-2.0
import type { Kind, KubeObject } from '@tidelock/api'
import { humanDuration } from '../../output/human-duration.ts'

/** Event, v1. */
export const eventKind: Kind = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }

/** A Kubernetes Event, as far as it is shown. */
export interface KubernetesEvent extends KubeObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly namespace?: string }
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
}

/** When it was last seen, in milliseconds since the epoch; 0 where it does not say. */
export function eventTimeMs({ series, lastTimestamp, eventTime }: KubernetesEvent): number {
  return toMs(series?.lastObservedTime ?? lastTimestamp ?? eventTime)
}

/** `12s`, or `5s (x3 over 2m)` for one that came more than once. */
export function lastSeen(event: KubernetesEvent, nowMs: number): string {
  const { series, count = 0, firstTimestamp, lastTimestamp, eventTime } = event
  const first = since(eventTime ?? firstTimestamp, nowMs)
  if (series) return `${since(series.lastObservedTime, nowMs)} (x${series.count ?? 0} over ${first})`
  return count > 1 ? `${since(lastTimestamp, nowMs)} (x${count} over ${first})` : first
}

/** The row of an event, behind its namespace. */
export function eventRow(event: KubernetesEvent, nowMs: number): readonly string[] {
  const { type = '', reason = '', message = '', involvedObject } = event
  return [lastSeen(event, nowMs), type, reason, `${involvedObject?.kind ?? ''}/${involvedObject?.name ?? ''}`, message]
}

function since(time: string | null | undefined, nowMs: number): string {
  const ms = toMs(time)
  return ms === 0 ? '<unknown>' : humanDuration(nowMs - ms)
}

function toMs(time: string | null | undefined): number {
  const ms = Date.parse(time ?? '')
  return Number.isNaN(ms) ? 0 : ms
}
