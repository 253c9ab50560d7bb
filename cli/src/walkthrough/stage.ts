// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import type { Screen } from '../output/screen.ts'
import type { House } from '../up/house.ts'
import { workTree } from './work-tree.ts'

/** What the scenes play on. */
export interface Stage extends AsyncDisposable {
  readonly client: KubeClient
  readonly signal: AbortSignal
  /** When the sample was applied, on the clock of `performance.now()`. */
  readonly appliedAtMs: number
  /** Where the sample's messages arrive. */
  readonly inboxUrl: string
  /** The files that a new repository is made of. */
  readonly sampleDirectory: string
  /** A clone of the served repository. */
  readonly clone: string
  /** Runs git in the clone and returns what it printed, without white space at its end. */
  git(...args: string[]): Promise<string>
  /** What a person would type. */
  typed(line: string): void
  tell(line: string): void
  /** What came of it, and how long that took. */
  came(line: string, ms: number): void
  /**
   * Repeats until the look answers undefined (what is wanted holds), and returns the milliseconds since `sinceMs`; the look answers what is still missing.
   * Throws TimedOut with that, and ControllerEnded when a part of the system ended meanwhile.
   */
  until(what: string, sinceMs: number, look: () => Promise<string | undefined>): Promise<number>
  /** The object, or undefined. */
  find<T extends KubeObject>(ref: ObjectRef): Promise<T | undefined>
}

/** How to play. */
export interface StageOptions {
  readonly environment: Environment
  readonly screen: Screen
  readonly sampleDirectory: string
  /** Bound of each wait. */
  readonly timeoutMs: number
}

const pollMs = 15
const indent = '     '

/** Clones the repository; the clone goes with the stage. */
export async function openStage(house: House, options: StageOptions): Promise<Stage> {
  const { environment, screen, sampleDirectory, timeoutMs } = options
  const { signal } = environment
  const { client, state, appliedAtMs } = house
  const clone = await mkdtemp(join(tmpdir(), 'tidelock-walk-'))
  const git = workTree(clone, environment)
  let broken: string | undefined
  void house.broken.then((why) => (broken = why))
  const until: Stage['until'] = async (what, sinceMs, look) => {
    const deadline = Date.now() + timeoutMs
    using shown = screen.wait(`${indent}… ${what}`)
    for (;;) {
      const missing = await look()
      if (missing === undefined) return performance.now() - sinceMs
      shown.update(missing)
      if (broken !== undefined) throw new CliError('ControllerEnded', broken)
      if (Date.now() > deadline)
        throw new CliError('TimedOut', `'${what}' did not come true within ${formatDuration(timeoutMs)}: ${missing}`)
      await delay(pollMs, undefined, { signal })
    }
  }
  const { dim, green } = screen.colors
  const stage: Stage = {
    ...{ client, signal, appliedAtMs, sampleDirectory, clone, git, until },
    inboxUrl: state.inboxUrl,
    typed: (line) => screen.line(`${indent}${dim('$')} ${line}`),
    tell: (line) => screen.line(`${indent}${line}`),
    came: (line, ms) => screen.timed(`${indent}${green('✔')} ${line}`, ms),
    find: (ref) => client.find(ref, { signal }),
    [Symbol.asyncDispose]: () => rm(clone, { recursive: true, force: true }),
  }
  try {
    await git('clone', '--quiet', state.gitUrl, '.')
    await git('config', 'user.name', 'You')
    await git('config', 'user.email', 'you@example.com')
    return stage
  } catch (error) {
    await stage[Symbol.asyncDispose]()
    throw error
  }
}
