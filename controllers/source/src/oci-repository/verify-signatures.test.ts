// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { OCIRepository } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { createHttpClient } from '@tidelock/http'
import { openRegistry } from '@tidelock/oci'
import { createLogger } from '@tidelock/runtime'
import { VerifyError } from '@tidelock/verify'
import { verifySignatures } from './verify-signatures.ts'

const clock = { now: () => 0, sleep: () => Promise.resolve() }

it('names what failed and the cure when the root of Sigstore cannot be had', async () => {
  await using http = createHttpClient({ userAgent: 'test' })
  await using registry = openRegistry({ registry: '127.0.0.1:9', userAgent: 'test', clock, random: () => 0 })
  const obj = {
    metadata: { name: 'app', namespace: 'apps' },
    spec: { url: 'oci://127.0.0.1:9/app', interval: '1m', verify: { provider: 'cosign' } },
  } as OCIRepository
  const artifact = { repository: registry.repository('app'), digest: `sha256:${'0'.repeat(64)}` }
  const cause = new VerifyError(
    'RootUnavailable',
    'the trusted root of Sigstore cannot be had from https://x: ENOTFOUND',
  )
  const failed = await verifySignatures(obj, artifact, {
    clock,
    http,
    log: createLogger({ level: 'error', encoding: 'json' }, { write: () => undefined }),
    defaultRoot: { get: () => Promise.reject(cause) },
    signal: new AbortController().signal,
    readSecret: () => Promise.reject(new Error('no Secret is asked for')),
  }).catch(errorMessage)
  expect(failed).toBe(
    "unable to initialize trusted root (without access to it, name a Secret with the key 'trusted_root.json' in " +
      'spec.verify.trustedRootSecretRef, or a mirror with --sigstore-mirror): ' +
      'the trusted root of Sigstore cannot be had from https://x: ENOTFOUND',
  )
})
