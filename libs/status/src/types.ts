// SPDX-License-Identifier: Apache-2.0

/** The states that kstatus knows. `NotFound` is for callers that looked and found nothing; `statusOf` never returns it. */
export type Status = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown'

/** The health of one object. */
export interface StatusResult {
  readonly status: Status
  /** For people; the same words as kstatus. May be empty where it repeats a condition without a message. */
  readonly message: string
}

/** What is needed of an object: plain JSON as the API server sent it, whole or projected to these fields. */
export interface HealthObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata?: Readonly<Record<string, unknown>> | object
  readonly spec?: unknown
  readonly status?: unknown
}

/** What some rules need beside the object. */
export interface StatusOptions {
  /** The current time, for the 15 s in which a Pod may stay unscheduled. Absent: the system's. */
  readonly now?: Date
  /** The Pods of a StatefulSet or ReplicaSet: one that has failed for good fails its owner. Absent: not looked at. */
  readonly pods?: readonly HealthObject[]
}

/** The rule of one kind. Pure. Throws `MalformedError` when a field that it must read has the wrong type. */
export type Rule = (object: HealthObject, now: Date) => StatusResult
