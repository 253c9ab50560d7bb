// SPDX-License-Identifier: Apache-2.0
import { dirname } from 'node:path'
import { LocalClusterError } from '../errors.ts'
import { findProgram } from '../find-program.ts'
import { type RunResult, runProgram } from '../run.ts'

/** Where git is and in what environment it runs. */
export interface GitProgram {
  readonly path: string
  /** Fixed: neither the user's nor the system's git settings change what a test sees. */
  readonly env: Readonly<Record<string, string>>
}

/** Options of all git commands here. */
export interface GitOptions {
  /** A `PATH` to find git on. Absent: the usual system folders. */
  readonly searchPath?: string
  readonly signal?: AbortSignal
}

/** Finds git. Throws `ToolMissing`. */
export async function findGit(searchPath: string | undefined): Promise<GitProgram> {
  const path = await findProgram('git', searchPath)
  if (path === undefined)
    throw new LocalClusterError('ToolMissing', 'git is not on the search path: install git 2.30 or newer')
  const env = {
    PATH: dirname(path),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
  return { path, env }
}

/** What a git command needs beside its arguments. */
export interface GitCall extends GitOptions {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Runs git on a repository and answers its standard output without the last newline. Throws `GitFailed`. */
export async function runGit(gitDir: string, args: readonly string[], call: GitCall = {}): Promise<string> {
  const git = await findGit(call.searchPath)
  const result: RunResult = await runProgram(git.path, [`--git-dir=${gitDir}`, ...args], {
    env: { ...git.env, ...call.env },
    ...(call.input === undefined ? {} : { input: call.input }),
    signal: call.signal,
  })
  if (result.code !== 0) {
    throw new LocalClusterError('GitFailed', `git ${args[0] ?? ''} in ${gitDir}: ${result.stderr}`)
  }
  return result.stdout.replace(/\n$/, '')
}
