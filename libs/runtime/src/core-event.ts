// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent, KubeObject, ObjectReference } from '@tidelock/api'

/** A core/v1 Event as client-go's recorder writes it. */
export interface CoreEvent extends KubeObject {
  involvedObject: ObjectReference
  reason: string
  message: string
  source: { component: string }
  firstTimestamp: string
  lastTimestamp: string
  count: number
  type: 'Normal' | 'Warning'
  reportingComponent: string
  reportingInstance: string
  eventTime: null
}

const maxNameLength = 253

/**
 * The Kubernetes Event of a Flux event. Its name follows from the id, so that the same event is never there twice;
 * metadata become annotations; severity error is a Warning, everything else Normal.
 */
export function toCoreEvent(event: FluxEvent, id: string): CoreEvent {
  const { involvedObject, metadata } = event
  const namespace = involvedObject.namespace ?? 'default'
  const suffix = `.${id.slice(0, 16)}`
  const name = `${(involvedObject.name ?? '').slice(0, maxNameLength - suffix.length)}${suffix}`
  const annotations = metadata === undefined ? {} : { annotations: metadata }
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace, ...annotations },
    involvedObject,
    reason: event.reason,
    message: event.message,
    source: { component: event.reportingController },
    firstTimestamp: event.timestamp,
    lastTimestamp: event.timestamp,
    count: 1,
    type: event.severity === 'error' ? 'Warning' : 'Normal',
    eventTime: null,
    reportingComponent: event.reportingController,
    reportingInstance: '',
  }
}
