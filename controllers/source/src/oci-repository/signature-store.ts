// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import { OciError } from '@tidelock/oci'
import type { OciErrorCode, RepositoryClient } from '@tidelock/oci'
import type { SignatureStore } from '@tidelock/verify'

/** Of content: it is not there, or not what it should be. What is wrong with one signature must not hide another. */
const unusable: ReadonlySet<OciErrorCode> = new Set([
  'NotFound',
  'ProtocolError',
  'DigestMismatch',
  'LimitExceeded',
  'InvalidReference',
])

/** The signatures of one repository of a registry. */
export function createSignatureStore(repository: RepositoryClient): SignatureStore {
  return {
    referrers: (digest, signal) => repository.referrers(digest, { signal }),
    manifest: (reference, signal) => usable(async () => (await repository.manifest(reference, { signal })).bytes),
    blob: (descriptor, maxBytes, signal) =>
      usable(async () =>
        descriptor.size > maxBytes ? undefined : await readAll(await repository.blob(descriptor, { signal })),
      ),
  }
}

async function usable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof OciError && unusable.has(error.code)) return undefined
    throw error
  }
}

/** The stream is never longer than the descriptor says. */
async function readAll(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
