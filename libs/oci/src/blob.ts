// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import { DigestCheck } from './digest.ts'
import { OciError } from './errors.ts'
import { checkDigest } from './reference.ts'
import { fromHttpError } from './registry-error.ts'
import type { Repository } from './repository.ts'
import type { CallOptions, Descriptor } from './types.ts'

const ok = (status: number): boolean => status === 200

/** `RepositoryClient.blob`. */
export async function fetchBlob(
  repository: Repository,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  options: CallOptions,
): Promise<Readable> {
  const digest = checkDigest(descriptor.digest)
  const name = `blob ${repository.name}@${digest}`
  if (descriptor.size > repository.limits.blobBytes) {
    throw new OciError(
      'LimitExceeded',
      `${name}: ${descriptor.size} bytes, the limit is ${repository.limits.blobBytes}`,
    )
  }
  const response = await repository.retry(
    () => repository.send({ target: `blobs/${digest}`, accept: ok }, options),
    options,
  )
  const length = response.headers['content-length']
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity' && length !== undefined && Number(length) !== descriptor.size) {
    response.body.on('error', () => undefined).destroy()
    const message = `${name}: the registry announces ${length.slice(0, 20)} bytes, its descriptor says ${descriptor.size}`
    throw new OciError('DigestMismatch', message)
  }
  return checked(response.body, new DigestCheck({ digest, size: descriptor.size }, name))
}

// stream.pipeline would hand on the errors of the connection as they are
function checked(body: Readable, check: DigestCheck): Readable {
  body.on('error', (error) => check.destroy(fromHttpError(error) as Error))
  check.on('close', () => body.destroy())
  // a reader that left before the end hears of no error: that must not end the process
  check.on('error', () => undefined)
  body.pipe(check)
  return check
}
