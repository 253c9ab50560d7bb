// SPDX-License-Identifier: Apache-2.0
import { GitError } from './git-error.ts'
import { splitSignedCommit } from './signed-object.ts'
import type { GitCommit, GitPerson } from './types.ts'

/** Parses a commit object. Text is taken as UTF-8. Throws `InvalidObject`. */
export function parseCommit(sha: string, data: Buffer): GitCommit {
  const blank = data.indexOf('\n\n')
  const head = data.toString('utf8', 0, blank < 0 ? data.length : blank)
  const message = blank < 0 ? '' : data.toString('utf8', blank + 2)
  const headers = new Map<string, string>()
  const parents: string[] = []
  for (const line of head.split('\n')) {
    // a line that begins with a space continues a signature
    const space = line.indexOf(' ')
    if (space <= 0) continue
    const name = line.slice(0, space)
    const value = line.slice(space + 1)
    if (name === 'parent') parents.push(value)
    else if (!headers.has(name)) headers.set(name, value)
  }
  const tree = headers.get('tree') ?? ''
  if (!/^[0-9a-f]{40}$/.test(tree)) throw new GitError('InvalidObject', `the commit ${sha} names no tree`)
  const signed = splitSignedCommit(data)
  return {
    sha,
    tree,
    parents,
    message,
    author: parsePerson(headers.get('author')),
    committer: parsePerson(headers.get('committer')),
    ...(signed === undefined ? {} : { signed }),
  }
}

// odd old commits lack parts of these lines; Git shows them all the same
function parsePerson(line: string | undefined): GitPerson {
  const match = /^([^<]*)<([^>]*)>(?: (-?\d{1,15}))?/.exec(line ?? '')
  if (match === null) return { name: '', email: '', timeMs: 0 }
  return { name: (match[1] ?? '').replace(/ $/, ''), email: match[2] ?? '', timeMs: Number(match[3] ?? 0) * 1000 }
}
