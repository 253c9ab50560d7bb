// SPDX-License-Identifier: Apache-2.0
import { eventSubjectPrefix } from '@tidelock/bus'
import type { NatsUser } from '@tidelock/local-cluster'
import type { ControllerDefinition } from './controllers.ts'

/** An account on the bus for each controller: it may publish events and hear their acknowledgements, nothing else. */
export function busUsers(controllers: readonly ControllerDefinition[]): NatsUser[] {
  return controllers.map(({ fullName }) => ({
    name: fullName,
    publish: [`${eventSubjectPrefix}.>`],
    subscribe: [`_INBOX.${fullName}.>`],
  }))
}
