// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GitError, limitExceeded } from '../git-error.ts'
import { defaultLimits } from '../limits.ts'
import { submoduleMode } from '../tree.ts'
import type { GitClock, GitRemote, GitTree, GitTreeEntry } from '../types.ts'
import { parseGitmodules } from './gitmodules.ts'
import type { Submodule } from './gitmodules.ts'
import { resolveSubmoduleUrl } from './submodule-url.ts'
import { TreeWithSubmodules } from './tree-with-submodules.ts'

/** How the submodules of a tree are fetched. */
export interface SubmoduleOptions {
  /** Of the repository that the tree is from. */
  readonly url: string
  /** Opens a submodule's repository; who has which credentials is the caller's to decide. It is closed when it was read. */
  open(url: string): GitRemote
  /** An existing directory for the packs. */
  readonly scratchDir: string
  /** Limit on all of it together. */
  readonly timeoutMs: number
  readonly clock: Pick<GitClock, 'setTimeout'>
  readonly signal?: AbortSignal
  /** Whether a submodule at this path is wanted. Absent: all are. */
  readonly isWanted?: (path: string) => boolean
  /** How many may be fetched, nested ones included. Default 200. */
  readonly maxSubmodules?: number
}

/** As deep as Git's default and Flux go. */
const maxDepth = 10
const defaultMaxSubmodules = 200
const maxGitmodulesBytes = 1024 * 1024

/**
 * Fetches the submodules of a tree, and theirs, one commit each, and answers a tree that holds their content; it takes over the
 * given one. A submodule that `.gitmodules` does not describe stays as it is. Bounds: 10 levels, 200 submodules, one gigabyte of packs.
 * Throws GitError, which names the submodule; the given tree is then still the caller's.
 */
export async function fetchSubmodules(tree: GitTree, options: SubmoduleOptions): Promise<GitTree> {
  const limit = new AbortController()
  const late = new GitError('Timeout', `the submodules took longer than ${options.timeoutMs / 1000}s together`)
  const cancel = options.clock.setTimeout(() => limit.abort(late), options.timeoutMs)
  const signal = options.signal === undefined ? limit.signal : AbortSignal.any([options.signal, limit.signal])
  try {
    const spent = { submodules: 0, packBytes: 0 }
    return await mount(tree, { ...options, signal, spent, depth: 1, at: '' })
  } catch (error) {
    options.signal?.throwIfAborted()
    throw limit.signal.aborted ? late : error
  } finally {
    cancel()
  }
}

interface Level extends SubmoduleOptions {
  readonly signal: AbortSignal
  readonly spent: { submodules: number; packBytes: number }
  readonly depth: number
  /** Path of the repository around, with a slash, or empty. */
  readonly at: string
}

async function mount(tree: GitTree, level: Level): Promise<GitTree> {
  const wanted = await findSubmodules(tree, level)
  if (wanted.length === 0) return tree
  await using fetched = new AsyncDisposableStack()
  const submodules = new Map<string, GitTree>()
  for (const { submodule, commit } of wanted) {
    const path = level.at + submodule.path
    try {
      submodules.set(submodule.path, fetched.use(await fetchOne(submodule, commit, level)))
    } catch (cause) {
      level.signal.throwIfAborted()
      // one that is nested has said so
      if (!(cause instanceof GitError) || 'submodule' in cause.details) throw cause
      throw new GitError(cause.code, `unable to fetch submodule '${path}'`, {
        cause,
        details: { ...cause.details, submodule: path },
      })
    }
  }
  fetched.move()
  return new TreeWithSubmodules(tree, submodules, defaultLimits)
}

/** The submodules that the tree has and `.gitmodules` describes. */
async function findSubmodules(
  tree: GitTree,
  level: Level,
): Promise<readonly { submodule: Submodule; commit: string }[]> {
  const links: GitTreeEntry[] = []
  let file: GitTreeEntry | undefined
  for await (const entry of tree.entries({ signal: level.signal })) {
    if (entry.path === '.gitmodules') file = entry
    if (entry.mode === submoduleMode && (level.isWanted?.(level.at + entry.path) ?? true)) links.push(entry)
  }
  if (links.length === 0 || file === undefined) return []
  const described = parseGitmodules(await readGitmodules(file))
  return links.flatMap(({ path, sha }) => {
    const submodule = described.get(path)
    return submodule === undefined ? [] : [{ submodule, commit: sha }]
  })
}

async function readGitmodules(file: GitTreeEntry): Promise<string> {
  if ((file.mode & 0o170000) !== 0o100000) throw new GitError('InvalidObject', '.gitmodules is not a regular file')
  if (file.size > maxGitmodulesBytes)
    throw limitExceeded('gitmodulesBytes', `.gitmodules has more than ${maxGitmodulesBytes} bytes`)
  const content = await file.content()
  const chunks = content instanceof Uint8Array ? [content] : await Array.fromAsync(content)
  return Buffer.concat(chunks).toString('utf8')
}

async function fetchOne(submodule: Submodule, commit: string, level: Level): Promise<GitTree> {
  const { spent, depth, signal, scratchDir, maxSubmodules = defaultMaxSubmodules } = level
  if (depth > maxDepth) throw limitExceeded('submoduleDepth', `submodules are nested more than ${maxDepth} deep`)
  if (++spent.submodules > maxSubmodules)
    throw limitExceeded('submodules', `there are more than ${maxSubmodules} submodules`)
  const url = resolveSubmoduleUrl(level.url, submodule.url)
  const directory = await mkdtemp(join(scratchDir, 'submodule-'))
  await using remote = level.open(url)
  const resolved = { commit, revision: `sha1:${commit}`, pinned: true }
  await using stack = new AsyncDisposableStack()
  const tree = stack.use(await remote.fetchTree(resolved, { scratchDir: directory, signal }))
  spent.packBytes += await bytesIn(directory)
  if (spent.packBytes > defaultLimits.packBytes)
    throw limitExceeded('packBytes', `the submodules have more than ${defaultLimits.packBytes} bytes together`)
  const mounted = await mount(tree, { ...level, url, depth: depth + 1, at: `${level.at}${submodule.path}/` })
  stack.move()
  return mounted
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
