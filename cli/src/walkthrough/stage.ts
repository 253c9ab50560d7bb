// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import colors from 'picocolors'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import type { House } from '../up/house.ts'

/** What the scenes play on. */
export interface Stage extends AsyncDisposable {
  readonly client: KubeClient
  readonly signal: AbortSignal
  /** A clone of the served repository. */
  readonly clone: string
  /** Runs git in the clone. */
  git(...args: string[]): Promise<string>
  /** A line of the story. */
  tell(line: string): void
  /** Repeats until the look is true, and returns the milliseconds since `sinceMs`. Throws TimedOut, saying what was waited for. */
  until(what: string, sinceMs: number, look: () => Promise<boolean>): Promise<number>
  /** The object, or undefined. */
  find<T extends KubeObject>(ref: ObjectRef): Promise<T | undefined>
}

const run = promisify(execFile)

const timeoutMs = 120_000
const pollMs = 15

/** Clones the repository; the clone goes with the stage. */
export async function openStage({ state, client }: House, { err, signal, env }: Environment): Promise<Stage> {
  const clone = await mkdtemp(join(tmpdir(), 'tidelock-walk-'))
  const { PATH } = env
  // the user's own configuration (hooks, signing, editors) has no part in the story
  const gitEnv = { PATH, HOME: clone, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', args, { cwd: clone, env: gitEnv, signal })
    return stdout.trimEnd()
  }
  await git('clone', '--quiet', state.gitUrl, '.')
  await git('config', 'user.name', 'You')
  await git('config', 'user.email', 'you@example.com')
  return {
    ...{ client, signal, clone, git },
    tell: (line) => err(`   ${line}\n`),
    find: (ref) => client.find(ref, { signal }),
    until: async (what, sinceMs, look) => {
      const deadline = Date.now() + timeoutMs
      while (!(await look())) {
        if (Date.now() > deadline) throw new CliError('TimedOut', `waited ${timeoutMs / 1000} s for ${what}`)
        await delay(pollMs, undefined, { signal })
      }
      return performance.now() - sinceMs
    },
    [Symbol.asyncDispose]: () => rm(clone, { recursive: true, force: true }),
  }
}

/** A measured time, as the story shows it. */
export function showTime(ms: number): string {
  return colors.cyan(ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)
}
