// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import type { GitRequest, GitServerHooks } from '@tidelock/local-cluster'

/** Hooks that call back when a push was answered: the repository then holds the new commit. A failing callback is ignored. */
export function watchPushes(onPush: () => Promise<void>): GitServerHooks {
  return {
    onResponseBody: (request: GitRequest, body: Readable): Readable => {
      if (request.method === 'POST' && request.url.endsWith('/git-receive-pack')) {
        // the interval finds the commit if this does not
        body.once('end', () => void onPush().catch(() => undefined))
      }
      return body
    },
  }
}
