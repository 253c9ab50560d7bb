// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { createHttpClient } from '@tidelock/http'
import { createAgents } from '../src/agents.ts'
import { TokenCache } from '../src/index.ts'
import type { AuthDeps, Identity } from '../src/index.ts'

/** What the tests give; `changed` over it. */
export function testDeps(changed: Partial<AuthDeps> = {}): AuthDeps {
  const http = createHttpClient({ userAgent: 'tidelock-test', ...(changed.ca === undefined ? {} : { ca: changed.ca }) })
  return {
    env: {},
    http,
    vaultHttp: http,
    agents: createAgents(changed.ca),
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(Math.min(ms, 5), undefined, { signal }) },
    random: () => 0,
    hostname: 'kustomize-controller-0',
    ...changed,
  }
}

/** A signal that nobody aborts. */
export const going: AbortSignal = new AbortController().signal

/** A ServiceAccount that gives out tokens for what it is asked. */
export function account(annotations: Readonly<Record<string, string>>, asked: string[] = []): Identity {
  return {
    kind: 'service-account',
    namespace: 'apps',
    name: 'decryptor',
    annotations,
    issueToken: (audiences) => {
      asked.push(audiences.join(' '))
      return Promise.resolve({ token: `jwt-for-${audiences.join('+')}`, expiresAtMs: Date.now() + 3_600_000 })
    },
  }
}

/** A cache as the controllers have it. */
export function testCache(): TokenCache {
  return new TokenCache({ maxSize: 10, maxDurationMs: 3_600_000, now: Date.now })
}

/** What the promise is rejected with. Throws when it is not. */
export async function thrown(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('was not rejected')
}
