// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A clone, worked on with the git of this machine. */
export interface Clone {
  readonly directory: string
  /** The commit that is checked out. */
  head(): Promise<string>
  /** Replaces text of a file. Throws when it does not occur. */
  edit(path: string, from: string, to: string): Promise<void>
  /** Writes files, or with null removes them; commits everything and pushes. Resolves with the commit. */
  push(message: string, files?: Readonly<Record<string, string | null>>): Promise<string>
}

/** Clones the repository into a new directory below `parent`. */
export async function cloneRepository(url: string, parent: string): Promise<Clone> {
  const directory = join(parent, 'clone')
  const { PATH } = process.env
  const identity = { GIT_AUTHOR_NAME: 'E2E', GIT_AUTHOR_EMAIL: 'e2e@example.com' }
  const env = { PATH, ...identity, GIT_COMMITTER_NAME: 'E2E', GIT_COMMITTER_EMAIL: 'e2e@example.com', HOME: parent }
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: directory, env })).stdout.trim()
  await mkdir(directory)
  await git('clone', '--quiet', url, '.')
  return {
    directory,
    head: () => git('rev-parse', 'HEAD'),
    edit: async (path, from, to) => {
      const file = join(directory, path)
      const before = await readFile(file, 'utf8')
      if (!before.includes(from)) throw new Error(`${path} does not contain: ${from}`)
      await writeFile(file, before.replace(from, to))
    },
    push: async (message, files = {}) => {
      for (const [path, content] of Object.entries(files)) {
        const file = join(directory, path)
        await mkdir(dirname(file), { recursive: true })
        await (content === null ? rm(file) : writeFile(file, content))
      }
      await git('add', '--all')
      await git('commit', '--quiet', '-m', message)
      await git('push', '--quiet')
      return git('rev-parse', 'HEAD')
    },
  }
}
