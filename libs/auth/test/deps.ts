// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import type { AuthDeps, Identity } from '../src/index.ts'

/** What the tests give; `changed` over it. */
export function testDeps(changed: Partial<AuthDeps> = {}): AuthDeps {
  return {
    env: {},
    clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(Math.min(ms, 5), undefined, { signal }) },
    random: () => 0,
    userAgent: 'tidelock-test',
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
