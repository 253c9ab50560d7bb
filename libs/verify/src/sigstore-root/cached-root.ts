// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isObject } from '../json.ts'

/** A TUF repository and the root metadata that its chain of trust begins with. */
export interface TufRepository {
  /** URL, without a slash at the end. */
  readonly mirror: string
  readonly rootMetadata: Uint8Array
}

/** What was last read of a repository, verified. */
export interface CachedRoot {
  readonly fetchedAtMs: number
  /** Metadata by the name of its role. */
  readonly metadata: ReadonlyMap<string, Uint8Array>
  /** The bytes of `trusted_root.json`; absent until it was reached once. */
  readonly target: Uint8Array | undefined
}

const maxBytes = 32 * 1024 * 1024

/** Reads what `writeCachedRoot` left of the repository; nothing when there is none, or none that can be read. */
export async function readCachedRoot(path: string, repository: TufRepository): Promise<CachedRoot | undefined> {
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (!isObject(json) || json['repository'] !== identityOf(repository)) return undefined
    const { fetchedAtMs, metadata, target } = json
    if (typeof fetchedAtMs !== 'number' || !isObject(metadata)) return undefined
    return {
      fetchedAtMs,
      metadata: new Map(Object.entries(metadata).map(([role, text]) => [role, decode(text)])),
      target: target === undefined ? undefined : decode(target),
    }
  } catch {
    // what cannot be read is fetched anew
    return undefined
  }
}

/** Keeps it in one file that always holds the old or the whole new one, also after a crash. Throws what the file system says. */
export async function writeCachedRoot(path: string, repository: TufRepository, cached: CachedRoot): Promise<void> {
  const encoded = [...cached.metadata].map(([role, bytes]) => [role, encode(bytes)])
  const text = JSON.stringify({
    repository: identityOf(repository),
    fetchedAtMs: cached.fetchedAtMs,
    metadata: Object.fromEntries(encoded) as unknown,
    ...(cached.target === undefined ? {} : { target: encode(cached.target) }),
  })
  if (text.length > maxBytes) throw new Error(`the trusted root has more than ${maxBytes} bytes`)
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await using file = await open(temporary, 'wx', 0o600)
    await file.writeFile(text)
    await file.sync()
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Another mirror, or another beginning of the chain, has nothing to do with what is kept. */
function identityOf({ mirror, rootMetadata }: TufRepository): string {
  return `${mirror} ${createHash('sha256').update(rootMetadata).digest('hex')}`
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function decode(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('not a string')
  return Buffer.from(text, 'base64')
}
