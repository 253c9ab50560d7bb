// SPDX-License-Identifier: Apache-2.0
import { toReference } from '../meta/key.ts'
import type { KubeObject } from '../meta/object.ts'
import { formatTime } from '../meta/time.ts'
import type { EventSeverity, FluxEvent } from './event.ts'
import { metadataOf } from './metadata.ts'

/** Longest message of an event, in characters. */
export const maxEventMessageLength = 39_000

/** What an event is made of. */
export interface EventContent {
  readonly severity: EventSeverity
  readonly reason: string
  readonly message: string
  /** Keys with their group, see `groupMetadata`. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Who reports an event, and when. */
export interface EventOrigin {
  /** Such as `source-controller`. */
  readonly controller: string
  /** Name of the pod. */
  readonly instance?: string
  readonly now: Date
}

/** The event about an object: its annotations for events are merged into the metadata, a long message is cut. */
export function createEvent(obj: KubeObject, content: EventContent, origin: EventOrigin): FluxEvent {
  const metadata = metadataOf(obj, content.metadata)
  return {
    involvedObject: toReference(obj),
    severity: content.severity,
    timestamp: formatTime(origin.now),
    message: trim(content.message),
    reason: content.reason,
    ...(metadata === undefined ? {} : { metadata }),
    reportingController: origin.controller,
    ...(origin.instance === undefined ? {} : { reportingInstance: origin.instance }),
  }
}

/** The type of the Kubernetes event for a severity: errors warn, traces are as normal as the rest. */
export function kubernetesEventType(severity: EventSeverity): 'Normal' | 'Warning' {
  return severity === 'error' ? 'Warning' : 'Normal'
}

function trim(message: string): string {
  if (message.length <= maxEventMessageLength) return message
  const end = maxEventMessageLength - 3
  const last = message.charCodeAt(end - 1)
  // the first half of a surrogate pair must not stand alone
  return `${message.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}...`
}
