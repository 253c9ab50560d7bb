// SPDX-License-Identifier: Apache-2.0
import type { RetryClock } from '@tidelock/http'
import type { TokenCache, TokenUser } from './token-cache.ts'

/** Variables of the environment. */
export type Env = Readonly<Record<string, string | undefined>>

/** What everything here is given rather than reaches for. */
export interface AuthDeps {
  readonly env: Env
  readonly clock: RetryClock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly userAgent: string
  /** Absent: nothing is kept, every call asks anew. */
  readonly cache?: TokenCache
  /** On whose behalf the cache is asked; for its metrics. */
  readonly user?: TokenUser
  /** PEM of certificate authorities that are trusted beside the system's own. */
  readonly ca?: string
  /** Other addresses for Google's services: `sts`, `iamcredentials`, `cloudkms`, `container`, `metadata`. */
  readonly googleEndpoints?: Readonly<Record<string, string>>
}
