// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { KubeClient } from './client.ts'
import type { KubeLog } from './log.ts'

/** Settings of a leader election; Flux's defaults are 35 s, 30 s, 5 s and release. */
export interface LeaderElectorOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** Unique per process. */
  readonly identity: string
  readonly leaseDurationMs?: number
  readonly renewDeadlineMs?: number
  readonly retryPeriodMs?: number
  readonly releaseOnCancel?: boolean
  readonly clock?: Clock
  readonly random?: () => number
  readonly log?: KubeLog
  /** Called on election; its signal aborts when leadership ends. */
  readonly onStarted: (signal: AbortSignal) => void
  readonly onStopped?: () => void
  readonly onNewLeader?: (identity: string) => void
}

export declare class LeaderElector {
  constructor(options: LeaderElectorOptions)
  readonly isLeader: boolean
  run(signal: AbortSignal): Promise<void>
}
