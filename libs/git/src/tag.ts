// SPDX-License-Identifier: Apache-2.0
import { GitError } from './git-error.ts'
import { splitSignedTag } from './signed-object.ts'
import type { GitTag } from './types.ts'

/** Parses a tag object. Text is taken as UTF-8. Throws `InvalidObject`. */
export function parseTag(sha: string, data: Buffer): GitTag {
  const match = /^object ([0-9a-f]{40})\ntype ([a-z]{1,16})\ntag ([^\n]{1,1024})\n/.exec(data.toString('utf8', 0, 2048))
  if (match === null) throw new GitError('InvalidObject', `the tag ${sha} does not say what it tags`)
  const [, target = '', targetType = '', name = ''] = match
  const signed = splitSignedTag(data)
  return { sha, name, target, targetType, ...(signed === undefined ? {} : { signed }) }
}
