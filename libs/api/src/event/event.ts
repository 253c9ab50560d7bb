// SPDX-License-Identifier: Apache-2.0
import type { ObjectReference } from '../meta/object.ts'

/** How much an event matters. Traces become Kubernetes events only. */
export type EventSeverity = 'trace' | 'info' | 'error'

/** A report about an object, in Flux's event format: what notification takes, and what goes over the bus. */
export interface FluxEvent {
  involvedObject: ObjectReference
  severity: EventSeverity
  /** RFC 3339. */
  timestamp: string
  /** At most 39000 characters. */
  message: string
  reason: string
  metadata?: Record<string, string>
  /** Such as `source-controller`. */
  reportingController: string
  /** Name of the pod. */
  reportingInstance?: string
}
