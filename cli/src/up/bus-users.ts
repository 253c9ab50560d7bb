// SPDX-License-Identifier: Apache-2.0
import { consumerSubjects, eventStreamName, eventSubjectPrefix } from '@tidelock/bus'
import type { NatsUser } from '@tidelock/local-cluster'
import type { ControllerDefinition } from './controllers.ts'

/**
 * An account on the bus for each controller: it may publish events and hear their acknowledgements; one that reads events may use its own
 * consumer too. Nothing else.
 */
export function busUsers(controllers: readonly ControllerDefinition[]): NatsUser[] {
  return controllers.map(({ fullName, readsEvents }) => ({
    name: fullName,
    publish: [`${eventSubjectPrefix}.>`, ...(readsEvents ? consumerSubjects(eventStreamName, fullName) : [])],
    subscribe: [`_INBOX.${fullName}.>`],
  }))
}
