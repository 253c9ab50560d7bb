// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Updater } from 'tuf-js'
import { VerifyError } from '../errors.ts'
import type { CachedRoot, TufRepository } from './cached-root.ts'
import { createTufFetcher } from './tuf-fetcher.ts'
import type { FetchDocument } from './tuf-fetcher.ts'

const targetName = 'trusted_root.json'
const maxTargetBytes = 4 * 1024 * 1024

/** What an update works with. */
export interface UpdateRequest {
  readonly repository: TufRepository
  readonly cached: CachedRoot | undefined
  /** Absent: what is cached is verified, and nothing is fetched unless that does not hold. */
  readonly online: boolean
  readonly fetch: FetchDocument
  /** Where the update makes a directory of its own. */
  readonly scratchRoot: string
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** How an update ended, and what it verified: to be kept also after a failure, as a changed root must not be forgotten. */
export type RootUpdate =
  | { readonly kind: 'reached'; readonly kept: CachedRoot; readonly target: Uint8Array }
  | { readonly kind: 'failed'; readonly kept: CachedRoot; readonly error: unknown }

/** The TUF client workflow, up to the bytes of `trusted_root.json`. Throws what the disk says. */
export async function updateRoot(request: UpdateRequest): Promise<RootUpdate> {
  const directory = await mkdtemp(join(request.scratchRoot, 'sigstore-root-'))
  try {
    await layOut(directory, request)
    try {
      const target = await runWorkflow(directory, request)
      return { kind: 'reached', kept: await keep(directory, target, request), target }
    } catch (error) {
      return { kind: 'failed', kept: await keepRoot(directory, request.cached), error }
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function layOut(directory: string, { repository, cached }: UpdateRequest): Promise<void> {
  for (const name of ['metadata', 'targets']) await mkdir(join(directory, name))
  const metadata = new Map([['root', repository.rootMetadata], ...(cached?.metadata ?? [])])
  for (const [role, bytes] of metadata) await writeFile(metadataPath(directory, role), bytes)
  if (cached?.target !== undefined) await writeFile(join(directory, 'targets', targetName), cached.target)
}

async function runWorkflow(directory: string, { repository, online, fetch, signal }: UpdateRequest): Promise<Buffer> {
  const updater = new Updater({
    metadataDir: join(directory, 'metadata'),
    metadataBaseUrl: repository.mirror,
    targetDir: join(directory, 'targets'),
    targetBaseUrl: `${repository.mirror}/targets`,
    forceCache: !online,
    fetcher: createTufFetcher(fetch, directory, signal),
  })
  await updater.refresh()
  const target = await updater.getTargetInfo(targetName)
  if (target === undefined) throw new VerifyError('RootUnavailable', `the repository has no ${targetName}`)
  if (target.length > maxTargetBytes)
    throw new VerifyError('RootUnavailable', `${targetName} is larger than ${maxTargetBytes} bytes`)
  return await readFile((await updater.findCachedTarget(target)) ?? (await updater.downloadTarget(target)))
}

async function keep(directory: string, target: Uint8Array, { nowMs }: UpdateRequest): Promise<CachedRoot> {
  const names = await readdir(join(directory, 'metadata'))
  const roles = names.map((name) => decodeURIComponent(name.slice(0, -'.json'.length)))
  const entries = roles.map(async (role) => [role, await readFile(metadataPath(directory, role))] as const)
  return { fetchedAtMs: nowMs, metadata: new Map(await Promise.all(entries)), target }
}

async function keepRoot(directory: string, cached: CachedRoot | undefined): Promise<CachedRoot> {
  const root = await readFile(metadataPath(directory, 'root'))
  return {
    fetchedAtMs: cached?.fetchedAtMs ?? 0,
    metadata: new Map([...(cached?.metadata ?? []), ['root', root]]),
    target: cached?.target,
  }
}

function metadataPath(directory: string, role: string): string {
  return join(directory, 'metadata', `${encodeURIComponent(role)}.json`)
}
