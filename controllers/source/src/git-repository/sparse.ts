// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import type { Content } from './content.ts'

/**
 * Flux compares the beginning of the path, so that `apps` also takes `apps-old` and `apps.yaml`; a slash at the end keeps to the
 * directory. A leading `./` means nothing, `.` is everything.
 */
function beginningsOf(directories: readonly string[]): readonly string[] {
  return directories.map((directory) => (directory === '.' ? '' : directory.replace(/^\.\//, '')))
}

/** Whether something below a path may be checked out: a submodule lies there. */
export function mayHold(path: string, directories: readonly string[]): boolean {
  const below = `${path}/`
  return beginningsOf(directories).some((beginning) => below.startsWith(beginning) || beginning.startsWith(below))
}

/** Whether a file is needed for a sparse checkout: it is checked out, or tells of submodules. */
export function isNeeded(path: string, directories: readonly string[]): boolean {
  return path === '.gitmodules' || beginningsOf(directories).some((beginning) => path.startsWith(beginning))
}

/** What is checked out when only some directories are. */
export function sparseContent(base: Content, directories: readonly string[]): Content {
  const beginnings = beginningsOf(directories)
  return {
    async *entries(options = {}) {
      for await (const entry of base.entries(options))
        if (beginnings.some((beginning) => entry.path.startsWith(beginning))) yield entry
    },
  }
}

/** The first of the directories that the content does not have, as file or directory; undefined when all are there. */
export async function missingDirectory(
  content: Content,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const missing = new Map(directories.map((directory) => [directory, posix.normalize(`/${directory}`).slice(1)]))
  for (const [directory, path] of missing) if (path === '') missing.delete(directory)
  for await (const { path } of content.entries({ signal })) {
    if (missing.size === 0) break
    for (const [directory, wanted] of missing) {
      const bare = wanted.replace(/\/$/, '')
      if (path === bare || path.startsWith(`${bare}/`)) missing.delete(directory)
    }
  }
  return directories.find((directory) => missing.has(directory))
}
