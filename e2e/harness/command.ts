// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a command ended. */
export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A running `tidelock`. */
export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** What it has printed so far. */
  readonly stdout: () => string
  readonly stderr: () => string
}

/** Where the command runs. */
export interface CommandOptions {
  /** Variables beside the fixed ones; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const entry = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const lifelineFd = 3

/**
 * Starts `tidelock` as a person would, as a process of its own, with the cache of built binaries but without the user's data and kubeconfig; it ends when this process does.
 */
export function startTidelock(args: readonly string[], { env = {} }: CommandOptions = {}): Running {
  const { PATH, HOME = homedir(), KUBEBUILDER_ASSETS, XDG_CACHE_HOME = join(HOME, '.cache') } = process.env
  const { TIDELOCK_CACHE = join(XDG_CACHE_HOME, 'tidelock') } = process.env
  const settings = { PATH, HOME, KUBEBUILDER_ASSETS, TIDELOCK_CACHE, XDG_DATA_HOME: '/dev/null' }
  const child = spawn(process.execPath, ['--conditions=source', entry, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...settings, TIDELOCK_LIFELINE_FD: String(lifelineFd), ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdio[lifelineFd]?.on('error', () => undefined)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? undefined, stdout, stderr }))
  })
  return { pid: child.pid ?? 0, child, ended, stdout: () => stdout, stderr: () => stderr }
}

/** Runs `tidelock` to its end. */
export function tidelock(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return startTidelock(args, options).ended
}
