// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'

/** A `coordination.k8s.io/v1` Lease. */
export interface Lease extends KubeObject {
  spec?: LeaseSpec
}

/** The election record that a Lease holds, in client-go's fields. */
export interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
  [key: string]: unknown
}

/** `MicroTime` as the API server writes it: six digits of fraction. */
export function toMicroTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z')
}

/** The record of a candidate that takes the Lease, or renews it when it holds it already. */
export function heldRecord(
  before: LeaseSpec | undefined,
  identity: string,
  nowMs: number,
  leaseDurationMs: number,
): LeaseSpec {
  const now = toMicroTime(nowMs)
  const renews = before?.holderIdentity === identity
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.ceil(leaseDurationMs / 1000)),
    acquireTime: renews ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: renews
      ? (before.leaseTransitions ?? 0)
      : before === undefined
        ? 0
        : (before.leaseTransitions ?? 0) + 1,
  }
}

/** The record that gives the Lease up: no holder, a duration of a second, as client-go leaves it. */
export function releasedRecord(before: LeaseSpec, nowMs: number): LeaseSpec {
  const now = toMicroTime(nowMs)
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now }
}
