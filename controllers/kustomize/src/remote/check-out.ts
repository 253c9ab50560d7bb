// SPDX-License-Identifier: Apache-2.0
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '@tidelock/api'
import { CodedError, hasCode } from '@tidelock/errors'
import { openRemote } from '@tidelock/git'
import type { GitLimits, GitRemote, GitTree, ResolvedRef } from '@tidelock/git'
import { parseGitModules, refusedGitUrl, resolveModuleUrl } from './git-url.ts'

/** What a check-out works with. */
export interface CheckOutOptions {
  readonly clock: Clock
  readonly userAgent: string
  /** An existing directory for packs while they are in use. */
  readonly scratchDir: string
  /** Of each fetch. */
  readonly timeoutMs: number
  /** Bytes of all files together, submodules included. */
  readonly maxBytes: number
  readonly submodules: boolean
  readonly signal: AbortSignal
}

const mebibyte = 2 ** 20
const limits: Partial<GitLimits> = { packBytes: 512 * mebibyte, objectBytes: 64 * mebibyte, treeEntries: 200_000 }
const maxDepth = 8
const symlinkMode = 0o120000
const submoduleMode = 0o160000

/** Whether the reference is a whole commit id, which names the same files for ever. */
export function isCommitId(ref: string): boolean {
  return /^[0-9a-f]{40}$/i.test(ref)
}

/** Opens a repository over http(s). Throws `UnsupportedUrl` for others. */
export function openGit(url: string, options: CheckOutOptions): GitRemote {
  const refused = refusedGitUrl(url)
  if (refused !== undefined) throw new CodedError('UnsupportedUrl', refused)
  const { clock, userAgent, scratchDir, timeoutMs, maxBytes } = options
  return openRemote({ url, clock, userAgent, scratchDir, timeoutMs, limits: { ...limits, totalBytes: maxBytes } })
}

/** What `git fetch` takes the text for: a commit, a full name, else a tag before a branch; empty is the default branch. */
export async function resolveGitRef(remote: GitRemote, ref: string, signal: AbortSignal): Promise<ResolvedRef> {
  if (isCommitId(ref)) return remote.resolve({ commit: ref }, signal)
  if (ref === '') return remote.resolve({ name: 'HEAD' }, signal)
  if (ref.startsWith('refs/')) return remote.resolve({ name: ref }, signal)
  try {
    return await remote.resolve({ tag: ref }, signal)
  } catch (error) {
    if (!hasCode(error, 'ReferenceNotFound')) throw error
    return remote.resolve({ branch: ref }, signal)
  }
}

/** Writes the commit's files into a new directory, submodules and all. Returns their bytes. Throws GitError, or when there is too much. */
export async function checkOut(
  remote: GitRemote,
  { url, resolved, directory }: { readonly url: string; readonly resolved: ResolvedRef; readonly directory: string },
  options: CheckOutOptions,
  depth = 0,
): Promise<number> {
  await using tree = await remote.fetchTree(resolved, { signal: options.signal })
  const written = await writeTree(tree, directory, options)
  if (!options.submodules || written.submodules.size === 0) return written.bytes
  if (depth >= maxDepth) throw new CodedError('LimitExceeded', `submodules are nested more than ${maxDepth} deep`)
  let { bytes } = written
  for (const { path, url: named } of parseGitModules(written.modules)) {
    const commit = written.submodules.get(path)
    if (commit === undefined) continue
    const moduleUrl = resolveModuleUrl(named, url)
    const left = { ...options, maxBytes: options.maxBytes - bytes }
    await using module = openGit(moduleUrl, left)
    const target = { url: moduleUrl, resolved: await module.resolve({ commit }, options.signal) }
    bytes += await checkOut(module, { ...target, directory: join(directory, path) }, left, depth + 1)
  }
  return bytes
}

interface WrittenTree {
  readonly bytes: number
  /** Content of `.gitmodules`. */
  readonly modules: string
  /** Commit by path. */
  readonly submodules: ReadonlyMap<string, string>
}

/** Links are made last, so that nothing is written through one. What reads the files resolves them within the repository. */
async function writeTree(
  tree: GitTree,
  directory: string,
  { maxBytes, signal }: CheckOutOptions,
): Promise<WrittenTree> {
  const submodules = new Map<string, string>()
  const links: { path: string; target: string }[] = []
  let bytes = 0
  let modules = ''
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for await (const entry of tree.entries({ signal })) {
    const { path, mode, size, sha } = entry
    bytes += size
    if (bytes > maxBytes)
      throw new CodedError('LimitExceeded', `the repository has more than ${maxBytes} bytes of files`)
    if (mode === submoduleMode) submodules.set(path, sha)
    else if (mode === symlinkMode)
      links.push({ path, target: Buffer.from(await toBytes(await entry.content())).toString() })
    else {
      const target = join(directory, path)
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      const data = await entry.content()
      if (path === '.gitmodules') modules = Buffer.from(await toBytes(data)).toString()
      await writeFile(target, path === '.gitmodules' ? modules : data, { mode: 0o600 })
    }
  }
  for (const { path, target } of links) {
    await mkdir(dirname(join(directory, path)), { recursive: true, mode: 0o700 })
    if (target !== '' && !target.includes('\0')) await symlink(target, join(directory, path))
  }
  return { bytes, modules, submodules }
}

async function toBytes(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return content instanceof Uint8Array ? content : Buffer.concat(await Array.fromAsync(content))
}
