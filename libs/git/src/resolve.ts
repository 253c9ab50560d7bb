// SPDX-License-Identifier: Apache-2.0
import { latestMatching, parseRange, type Range, VersionError } from '@tidelock/version'
import type { RemoteRef } from './advertisement.ts'
import { GitError } from './git-error.ts'
import { formatRevision } from './reference.ts'
import type { ResolvedRef } from './types.ts'

type ListRefs = (prefixes: readonly string[]) => Promise<readonly RemoteRef[]>
type CommitTimes = (ids: readonly { commit: string; want: string }[]) => Promise<ReadonlyMap<string, number>>

/** Looks one reference up. Throws `ReferenceNotFound` or `EmptyRepository`. */
export async function resolveRef(
  wanted: { readonly refName: string; readonly absolute: boolean },
  list: ListRefs,
): Promise<ResolvedRef> {
  // Flux takes refs/tags/x^{} for the peeled tag; peeling is done in any case
  const name = wanted.refName.replace(/\^\{\}$/, '')
  const found = (await list([name])).find((ref) => ref.name === name)
  if (found !== undefined) return toResolved(found, formatRevision(commitOf(found), wanted.refName, wanted.absolute))
  if ((await list([])).length === 0) throw emptyRepository()
  const message = wanted.absolute
    ? `unable to resolve ref '${name}' to a specific commit`
    : `couldn't find remote ref ${JSON.stringify(name)}`
  throw new GitError('ReferenceNotFound', message)
}

/**
 * The highest version among the tags; of several that differ in build metadata only, the one whose commit is the newest (of
 * the same age: the last by name). Throws `InvalidReference` for a bad range, `NoMatchingVersion` or `EmptyRepository`.
 */
export async function resolveSemver(range: string, list: ListRefs, commitTimes: CommitTimes): Promise<ResolvedRef> {
  const parsed = parse(range)
  const prefix = 'refs/tags/'
  const tags = new Map((await list([prefix])).map((ref) => [ref.name.slice(prefix.length), ref]))
  const best = latestMatching(tags.keys(), parsed).map((tag) => ({ tag, ref: tags.get(tag)! }))
  if (best.length === 0) {
    if (tags.size === 0 && (await list([])).length === 0) throw emptyRepository()
    throw new GitError('NoMatchingVersion', `no match found for semver: ${range}`)
  }
  const commits = new Set(best.map(({ ref }) => commitOf(ref)))
  const times =
    commits.size === 1 ? undefined : await commitTimes(best.map(({ ref }) => ({ commit: commitOf(ref), want: ref.id })))
  const timeOf = (ref: RemoteRef): number => times?.get(commitOf(ref)) ?? 0
  best.sort((a, b) => timeOf(a.ref) - timeOf(b.ref) || (a.tag < b.tag ? -1 : 1))
  const { ref } = best.at(-1)!
  return toResolved(ref, formatRevision(commitOf(ref), ref.name, false))
}

function toResolved(ref: RemoteRef, revision: string): ResolvedRef {
  return {
    commit: commitOf(ref),
    ...(ref.peeled === undefined ? {} : { tagObject: ref.id }),
    refName: ref.name,
    revision,
    pinned: false,
  }
}

function commitOf(ref: RemoteRef): string {
  return ref.peeled ?? ref.id
}

function parse(range: string): Range {
  try {
    return parseRange(range)
  } catch (error) {
    if (!(error instanceof VersionError)) throw error
    throw new GitError('InvalidReference', `semver parse error: ${error.message}`, { cause: error })
  }
}

function emptyRepository(): GitError {
  return new GitError('EmptyRepository', 'git repository is empty')
}
