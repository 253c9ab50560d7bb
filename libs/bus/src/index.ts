// SPDX-License-Identifier: Apache-2.0
export { BusError } from './errors.ts'
export type { BusErrorCode } from './errors.ts'
export { eventId } from './event-id.ts'
export type { EventIdentity } from './event-id.ts'
export type { BusLog, EventRecord, StoredRecord } from './record.ts'
export type { EventSink } from './sink.ts'
