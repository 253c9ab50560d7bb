// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '@tidelock/errors'
import type { BuildRequest, FileReference } from '@tidelock/kustomize-wasm'
import { formatOfPath, hasMarker, maxFileBytes, verifyManifests } from '@tidelock/sops'
import type { SopsFormat } from '@tidelock/sops'
import type { Decryptor } from './decryptor.ts'
import { decryptionFailed } from './error.ts'

/**
 * The plain contents of what secret generators and patches name and SOPS encrypted, by path: files of `secretGenerator` in the format
 * of their key, env files as dotenv where their name says nothing else, patches by their name. Also verifies manifests, where MACs are
 * to be verified: after the build their objects are no longer what was encrypted. Throws, naming the file.
 */
export async function decryptFiles(
  decryptor: Decryptor,
  request: BuildRequest,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { engine, signal, verifyMac } = decryptor.options
  const plain = new Map<string, Uint8Array>()
  for (const reference of await engine.listReferences(request, signal)) {
    signal.throwIfAborted()
    if (reference.use === 'resource' && verifyMac === 'off') continue
    try {
      const bytes = await readFile(join(request.root, reference.path))
      if (reference.use === 'resource') {
        await verifyFile(decryptor, reference, bytes)
        continue
      }
      const decrypted = await decryptReference(decryptor, reference, bytes)
      if (decrypted !== undefined) plain.set(reference.path, decrypted)
    } catch (cause) {
      signal.throwIfAborted()
      throw decryptionFailed(`error decrypting sources: cannot decrypt file '${reference.path}'`, cause)
    }
  }
  return plain
}

function formatOf({ use, name }: FileReference): SopsFormat {
  const format = formatOfPath(name)
  return use === 'env' && format === 'binary' ? 'dotenv' : format
}

async function decryptReference(
  decryptor: Decryptor,
  reference: FileReference,
  bytes: Uint8Array,
): Promise<Uint8Array | undefined> {
  const format = formatOf(reference)
  if (!hasMarker(bytes, format)) return undefined
  const what = `file '${reference.path}'`
  const decrypted = await decryptor.decrypt(bytes, { input: format, output: format, verify: true, what })
  const { secrets } = decryptor.options
  for (const text of decrypted.secrets) secrets.add(text)
  secrets.add(Buffer.from(decrypted.bytes).toString('base64'))
  return decrypted.bytes
}

async function verifyFile(decryptor: Decryptor, { path }: FileReference, bytes: Uint8Array): Promise<void> {
  if (!hasMarker(bytes, 'yaml') && !hasMarker(bytes, 'json')) return
  try {
    for (const { mac, matches } of await verifyManifests(bytes, decryptor.sopsOptions())) {
      if (!matches) decryptor.mismatch(`file '${path}'`)
      decryptor.verified.add(mac)
    }
  } catch (error) {
    // such an object cannot be decrypted either; that it is not to be is for its annotation to say
    if (!hasCode(error, 'KeyUnavailable')) throw error
  }
}

/** The path is free of links, and nobody writes into an unpacked artifact. */
async function readFile(path: string): Promise<Buffer> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const { size } = await file.stat()
  if (size > maxFileBytes)
    throw new Error(`its ${size} bytes exceed the ${maxFileBytes} of a file that may be encrypted`)
  return file.readFile()
}
