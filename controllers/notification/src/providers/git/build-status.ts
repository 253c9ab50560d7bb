// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { FluxEvent } from '@tidelock/api'

/** The key of a status at the services of Bitbucket, which take few characters of it. */
export function buildKey(id: string): string {
  return createHash('sha1').update(id).digest('hex')
}

/** How a build stands, in the words of Bitbucket. */
export function buildState({ severity }: Pick<FluxEvent, 'severity'>): 'FAILED' | 'SUCCESSFUL' {
  return severity === 'error' ? 'FAILED' : 'SUCCESSFUL'
}
