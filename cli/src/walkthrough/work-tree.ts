// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Environment } from '../environment.ts'

const run = promisify(execFile)

/** Git in a directory: resolves with what it printed, without white space at its end. */
export function workTree(
  directory: string,
  { env, signal }: Pick<Environment, 'env' | 'signal'>,
): (...args: string[]) => Promise<string> {
  const { PATH } = env
  // the user's own configuration (hooks, signing, editors) has no part in the story
  const gitEnv = { PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
  return async (...args) => {
    const { stdout } = await run('git', args, { cwd: directory, env: gitEnv, signal })
    return stdout.trimEnd()
  }
}
