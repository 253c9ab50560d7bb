// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { OciError } from '@tidelock/oci'
import type { OciErrorCode, RepositoryClient } from '@tidelock/oci'
import { createSignatureStore } from './signature-store.ts'

const { signal } = new AbortController()
const descriptor = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 4 }

function storeOf(repository: Partial<RepositoryClient>): ReturnType<typeof createSignatureStore> {
  return createSignatureStore(repository as RepositoryClient)
}

function failing(code: OciErrorCode): ReturnType<typeof createSignatureStore> {
  const fail = (): Promise<never> => Promise.reject(new OciError(code, 'failed'))
  const late = (): Promise<Readable> =>
    Promise.resolve(
      Readable.from(
        (async function* () {
          yield Buffer.from('ab')
          await fail()
        })(),
      ),
    )
  return storeOf({ manifest: fail, blob: late, referrers: fail })
}

describe('createSignatureStore', () => {
  it('reads a blob whole, and none that says to be too large', async () => {
    const store = storeOf({ blob: () => Promise.resolve(Readable.from([Buffer.from('ab'), Buffer.from('cd')])) })
    expect(Buffer.from((await store.blob(descriptor, 4, signal)) ?? '').toString()).toBe('abcd')
    await expect(store.blob(descriptor, 3, signal)).resolves.toBeUndefined()
  })
  it.each<OciErrorCode>(['NotFound', 'ProtocolError', 'DigestMismatch', 'LimitExceeded', 'InvalidReference'])(
    'has nothing where the content is not there or not what it should be: %s',
    async (code) => {
      await expect(failing(code).manifest('tag', signal)).resolves.toBeUndefined()
      await expect(failing(code).blob(descriptor, 10, signal)).resolves.toBeUndefined()
    },
  )
  it.each<OciErrorCode>(['Unreachable', 'AuthenticationFailed', 'Timeout', 'TlsFailed'])(
    'fails when the registry does: %s',
    async (code) => {
      await expect(failing(code).manifest('tag', signal)).rejects.toMatchObject({ code })
      await expect(failing(code).blob(descriptor, 10, signal)).rejects.toMatchObject({ code })
      await expect(failing(code).referrers(descriptor.digest, signal)).rejects.toMatchObject({ code })
    },
  )
})
