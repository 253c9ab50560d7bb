// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describeFailure } from './failure.ts'
import { GitError } from './git-error.ts'
import { PackTree, readCommit } from './git-tree.ts'
import { defaultLimits } from './limits.ts'
import type { PackFile } from './pack-file.ts'
import { openTransport } from './open-transport.ts'
import { receivePack } from './receive-pack.ts'
import { parseReference } from './reference.ts'
import { canOmitFiles, type FetchRequest } from './requests.ts'
import { resolveRef, resolveSemver } from './resolve.ts'
import type { Session, Transport } from './transport.ts'
import type { FetchTreeOptions, GitLimits, GitRef, GitRemote, GitRemoteOptions, GitTree, ResolvedRef } from './types.ts'

/** Opens a repository for reading; no contact yet. The caller closes it. Throws a `GitError` for a URL, TLS material, proxy or known_hosts that cannot be used. */
export function openRemote(options: GitRemoteOptions): GitRemote {
  return new Remote(options)
}

/** More ids make a request of over a megabyte. */
const maxFileWants = 20_000

/** Where packs go, and for how long. */
interface Where {
  readonly directory: string
  readonly signal: AbortSignal
}

class Remote implements GitRemote {
  readonly #options: GitRemoteOptions
  readonly #limits: GitLimits
  readonly #transport: Transport
  /** What the last `resolve` learnt, so that `fetchTree` after it need not ask again. */
  #session: Session | undefined

  constructor(options: GitRemoteOptions) {
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#transport = openTransport(options, this.#limits)
  }

  async resolve(ref: GitRef, signal?: AbortSignal): Promise<ResolvedRef> {
    const wanted = parseReference(ref)
    if (wanted.kind === 'commit') return wanted.resolved
    return this.#run(signal, async (combined) => {
      const session = await this.#transport.discover(combined)
      this.#session = session
      const list = (prefixes: readonly string[]) => this.#transport.listRefs(session, prefixes, combined)
      if (wanted.kind === 'ref') return resolveRef(wanted, list)
      return resolveSemver(wanted.range, list, (ids) => this.#commitTimes(session, ids, combined))
    })
  }

  async fetchTree(resolved: ResolvedRef, options: FetchTreeOptions = {}): Promise<GitTree> {
    return this.#run(options.signal, async (signal) => {
      const session = this.#session ?? (await this.#transport.discover(signal))
      this.#session = session
      const directory = await mkdtemp(join(options.scratchDir ?? this.#options.scratchDir, 'git-'))
      try {
        const { isWanted } = options
        const where = { directory, signal }
        const withoutFiles = isWanted !== undefined && canOmitFiles(session.server)
        const pack = await this.#fetchCommit(session, resolved, { ...where, withoutFiles })
        const { commit: sha, tagObject } = resolved
        const tree = await openTree(pack, { sha, tagObject, directory, limits: this.#limits, isWanted })
        if (withoutFiles) await this.#addFiles(session, tree, resolved, where)
        return tree
      } catch (error) {
        await rm(directory, { recursive: true, force: true })
        throw error
      }
    })
  }

  /** Fetches the wanted files by their ids; all files where that would be too many, or the server will not have it. */
  async #addFiles(session: Session, tree: PackTree, resolved: ResolvedRef, where: Where): Promise<void> {
    try {
      const wants = tree.missingFiles(where.signal)
      if (wants.length === 0) return
      const files =
        wants.length > maxFileWants ? undefined : await this.#receiveFiles(session, wants, where).catch(unlessRemote)
      tree.addFiles(files ?? (await this.#fetchCommit(session, resolved, { ...where, withoutFiles: false })))
    } catch (error) {
      await tree.dispose()
      throw error
    }
  }

  #receiveFiles(session: Session, wants: readonly string[], where: Where): Promise<PackFile> {
    return this.#receive(session, { wants }, where, 'files.pack')
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** One commit without history; if the server refuses a bare id, the whole history that may hold it. */
  async #fetchCommit(
    session: Session,
    resolved: ResolvedRef,
    where: Where & { readonly withoutFiles: boolean },
  ): Promise<PackFile> {
    const { withoutFiles } = where
    try {
      const wants = [resolved.tagObject ?? resolved.commit]
      return await this.#receive(
        session,
        { wants, depth: 1, withoutFiles },
        where,
        withoutFiles ? 'trees.pack' : 'shallow.pack',
      )
    } catch (error) {
      if (!resolved.pinned || !(error instanceof GitError) || error.details['remote'] !== true) throw error
    }
    const prefixes = resolved.refName === undefined ? ['refs/heads/', 'refs/tags/'] : [resolved.refName]
    const refs = await this.#transport.listRefs(session, prefixes, where.signal)
    const wanted = resolved.refName === undefined ? refs : refs.filter(({ name }) => name === resolved.refName)
    if (wanted.length === 0) throw commitNotFound(resolved)
    const wants = [...new Set(wanted.map(({ id }) => id))]
    const pack = await this.#receive(
      session,
      { wants, withoutFiles },
      where,
      withoutFiles ? 'full-trees.pack' : 'full.pack',
    )
    if (pack.index.find(Buffer.from(resolved.commit, 'hex')) !== undefined) return pack
    await pack.close()
    throw commitNotFound(resolved)
  }

  #receive(session: Session, request: FetchRequest, where: Where, name: string): Promise<PackFile> {
    const chunks = this.#transport.fetchPack(session, request, where.signal)
    return receivePack(chunks, { path: join(where.directory, name), limits: this.#limits, signal: where.signal })
  }

  /** Committer times in milliseconds, by commit id. `ids` pair a commit with what has to be asked for to get it. */
  async #commitTimes(
    session: Session,
    ids: readonly { commit: string; want: string }[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> {
    const directory = await mkdtemp(join(this.#options.scratchDir, 'git-'))
    try {
      const request = { wants: [...new Set(ids.map(({ want }) => want))], depth: 1, commitsOnly: true }
      const pack = await this.#receive(session, request, { directory, signal }, 'commits.pack')
      try {
        return new Map(ids.map(({ commit }) => [commit, readCommit(pack, commit).committer.timeMs]))
      } finally {
        await pack.close()
      }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  /** Runs one operation under the time limit, and puts its failure into words. */
  async #run<T>(signal: AbortSignal | undefined, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, timeoutMs, url } = this.#options
    const limit = new AbortController()
    const late = new GitError('Timeout', `timed out after ${timeoutMs / 1000}s`)
    const cancel = clock.setTimeout(() => limit.abort(late), timeoutMs)
    try {
      return await operation(signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]))
    } catch (error) {
      signal?.throwIfAborted()
      throw describeFailure(limit.signal.aborted ? late : error, url)
    } finally {
      cancel()
    }
  }
}

/** What the server itself reports is no end: there is another way to ask. */
function unlessRemote(error: unknown): undefined {
  if (error instanceof GitError && error.details['remote'] === true) return undefined
  throw error
}

async function openTree(pack: PackFile, options: ConstructorParameters<typeof PackTree>[1]): Promise<PackTree> {
  try {
    return new PackTree(pack, options)
  } catch (error) {
    await pack.close()
    throw error
  }
}

function commitNotFound(resolved: ResolvedRef): GitError {
  return new GitError('CommitNotFound', `unable to resolve commit object for '${resolved.commit}': object not found`)
}
