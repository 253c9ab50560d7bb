// SPDX-License-Identifier: Apache-2.0
import { isId } from './advertisement.ts'
import { GitError } from './git-error.ts'
import type { GitRef, ResolvedRef } from './types.ts'

/** The one question that a `GitRef` asks, after precedence: commit, name, semver, tag, branch. */
export type Wanted =
  | { readonly kind: 'commit'; readonly resolved: ResolvedRef }
  | { readonly kind: 'ref'; readonly refName: string; readonly absolute: boolean }
  | { readonly kind: 'semver'; readonly range: string }

const defaultBranch = 'master'

/** What a reference asks for. Throws `InvalidReference`. */
export function parseReference(ref: GitRef): Wanted {
  if (isSet(ref.commit)) return { kind: 'commit', resolved: pinned(ref, ref.commit.toLowerCase()) }
  if (isSet(ref.name)) return { kind: 'ref', refName: checked(ref.name), absolute: true }
  if (isSet(ref.semver)) return { kind: 'semver', range: ref.semver }
  if (isSet(ref.tag)) return { kind: 'ref', refName: checked(`refs/tags/${ref.tag}`), absolute: false }
  return {
    kind: 'ref',
    refName: checked(`refs/heads/${isSet(ref.branch) ? ref.branch : defaultBranch}`),
    absolute: false,
  }
}

/**
 * Flux's revision: `main@sha1:…` for `refs/heads/main`, the whole name for references that were named absolutely, and
 * `sha1:…` without a reference.
 */
export function formatRevision(commit: string, refName: string | undefined, absolute: boolean): string {
  if (refName === undefined) return `sha1:${commit}`
  if (absolute) return `${refName}@sha1:${commit}`
  const short = refName.split('/').slice(2).join('/')
  return short === '' ? `sha1:${commit}` : `${short}@sha1:${commit}`
}

// an empty string in a spec means absent, as in Go
function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}

function pinned(ref: GitRef, commit: string): ResolvedRef {
  if (!isId(commit)) {
    throw new GitError(
      'InvalidReference',
      `commit ${JSON.stringify(commit)} is invalid: want all 40 hexadecimal digits`,
    )
  }
  const absolute = isSet(ref.name)
  const branch = isSet(ref.branch) ? checked(`refs/heads/${ref.branch}`) : undefined
  const refName = isSet(ref.name) ? checked(ref.name) : branch
  const revision = formatRevision(commit, refName, absolute)
  return { commit, revision, pinned: true, ...(refName === undefined ? {} : { refName }) }
}

/** git check-ref-format's rules, as far as a name goes into requests and messages. */
function checked(name: string): string {
  const refuse = (why: string): GitError =>
    new GitError('InvalidReference', `ref ${JSON.stringify(name)} is invalid; ${why}`)
  if (name.startsWith('/') || name.endsWith('/')) throw refuse("Git refs cannot begin or end with a slash '/'")
  if (name.length > 1024) throw refuse('it is longer than 1024 characters')
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0020\u007f~:?*[\\]|\.\.|\/\/|@\{/.test(name) || name === '') {
    throw refuse('Git refs cannot have spaces, control characters, "..", "//", "@{" or any of ~ : ? * [ \\')
  }
  return name
}
