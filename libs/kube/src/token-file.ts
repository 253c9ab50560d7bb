// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import type { Clock } from '@tidelock/api'
import { KubeError } from './kube-error.ts'
import type { ClusterTarget } from './target.ts'

/** Service account tokens are rotated well before they end; a minute is what client-go keeps one. */
const rereadMs = 60_000

/**
 * A token that is read from a file again each minute, and at once when the server refused the last one. While the file
 * cannot be read the last token stays in use; the first read must succeed, else ConfigInvalid is thrown.
 */
export function tokenFromFile({ path, clock }: { path: string; clock: Clock }): NonNullable<ClusterTarget['token']> {
  let held: { readonly token: string; readonly readMs: number } | undefined
  let reading: Promise<string> | undefined
  const read = async (): Promise<string> => {
    try {
      const token = (await readFile(path, 'utf8')).trim()
      if (token === '') throw new Error('the file is empty')
      held = { token, readMs: clock.monotonic() }
      return token
    } catch (error) {
      if (held !== undefined) return held.token
      throw new KubeError('ConfigInvalid', `cannot read the token file ${path}`, { cause: error })
    } finally {
      reading = undefined
    }
  }
  return async ({ refresh = false } = {}) => {
    if (held !== undefined && !refresh && clock.monotonic() - held.readMs < rereadMs) return held.token
    reading ??= read()
    return reading
  }
}
