// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@tidelock/api'
import type { SuspectCause } from '@tidelock/ssa'

/** Why a drifted object was left: until the interval (`interval`, or `off` where nobody is to be told), or for good (`warn`). */
export type LeftBecause = 'interval' | 'warn' | 'off'

/** An object that a dry run found to differ from what was applied, though Git says the same. */
export interface Drift {
  /** `Kind/namespace/name`. */
  readonly subject: string
  readonly cause: SuspectCause
  /** Field manager of whoever did it, or `unknown`. */
  readonly manager: string
  /** Everybody who touched it since it was applied, the newest first; the one above among them unless unknown. */
  readonly managers: readonly string[]
  /** Whether the same manager did it before within the interval. */
  readonly repeated: boolean
  /** Absent: it was corrected. */
  readonly left?: LeftBecause
  /** Nobody wants to hear of it (mode off). */
  readonly silent: boolean
}

/** Lines that one text lists; the rest is counted. */
const maxLines = 20
const maxListed = 50
/** Managers of one object that one line names. */
const maxNamed = 5

/** What happened to the object, and by whose hand; `own` is the name that we write under. */
export function describeDrift({ subject, cause, manager, managers }: Drift, own: string): string {
  const by = whoOf(managers, own)
  switch (cause) {
    case 'deleted':
      return `${subject} deleted${manager === 'unknown' ? '' : by}`
    case 'owner-changed':
      return `${subject} given to another owner${by}`
    case 'unclear':
      return manager === 'unknown'
        ? `${subject} differs from what the API server makes of it`
        : `${subject} changed${by}`
    case 'changed':
    case 'taken-over':
      return `${subject} changed${by}`
  }
}

function whoOf(managers: readonly string[], own: string): string {
  if (managers.length === 0) return ' by somebody unknown'
  const names = managers.slice(0, maxNamed).map((name) => (name === own ? `another client named ${own}` : name))
  const more = managers.length - names.length
  return ` by ${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

/** Lines under those of Flux in the event of a correction: who had changed what is put right now. */
export function correctionLines(drifts: readonly Drift[], own: string): string[] {
  return bounded(drifts.map((drift) => `drift: ${describeDrift(drift, own)}`))
}

/** Lines of the event that reports what is left; `dueInMs` is the time to the next run that corrects. */
export function reportLines(drifts: readonly Drift[], own: string, dueInMs: number): string[] {
  const due = formatDuration(Math.max(1, Math.ceil(dueInMs / 1000)) * 1000)
  return bounded(
    drifts.map((drift) => {
      const again = drift.repeated ? ' once more' : ''
      const what = drift.left === 'warn' ? 'left as it is (drift mode warn)' : `to be corrected within ${due}`
      return `${describeDrift(drift, own)}${again}, ${what}`
    }),
  )
}

/** Lines of the condition. */
export function conditionLines(drifts: readonly Drift[], own: string): string[] {
  return bounded(drifts.map((drift) => describeDrift(drift, own)))
}

function bounded(lines: readonly string[]): string[] {
  return lines.length <= maxLines
    ? [...lines]
    : [...lines.slice(0, maxLines), `and ${lines.length - maxLines} more objects`]
}

/** The same for programs, as JSON: metadata of the event. Names of objects and managers, no content. */
export function driftMetadata(drifts: readonly Drift[]): string {
  const listed = drifts.slice(0, maxListed).map(({ subject, cause, manager, managers, left }) => ({
    object: subject,
    cause,
    manager,
    ...(managers.length > 1 ? { managers: managers.slice(0, maxListed) } : {}),
    action: left === undefined ? 'corrected' : 'left',
  }))
  return JSON.stringify(listed)
}
