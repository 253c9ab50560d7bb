// SPDX-License-Identifier: Apache-2.0
import { readFile, rename, rm, writeFile } from 'node:fs/promises'

/** What a running `tidelock up` says of itself: the output of `-o json`. */
export interface UpState {
  /** The process that holds everything; ending it ends all. */
  readonly pid: number
  readonly dataDir: string
  readonly kubeconfig: string
  readonly server: string
  readonly gitUrl: string
  /** Folder of the served repository. */
  readonly gitDir: string
  /** Empty with `--kubeconfig`: no bus is started then. */
  readonly natsUrl: string
  /** Process ids by controller. */
  readonly pids: Readonly<Record<string, number>>
  /** Addresses of the controllers' metrics, by controller. */
  readonly metrics: Readonly<Record<string, string>>
  readonly logsDir: string
}

/** Writes the state, readable by the user alone, in one step. */
export async function writeState(path: string, state: UpState): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, path)
}

/** The state of the `up` that runs on this data directory; undefined when none does (a stale file is removed). */
export async function readState(path: string): Promise<UpState | undefined> {
  let state: UpState
  try {
    state = JSON.parse(await readFile(path, 'utf8')) as UpState
  } catch {
    return undefined
  }
  if (isAlive(state.pid)) return state
  await rm(path, { force: true })
  return undefined
}

/** Whether a process with the id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
