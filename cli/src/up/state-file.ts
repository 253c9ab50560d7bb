// SPDX-License-Identifier: Apache-2.0
import { readFile, rename, writeFile } from 'node:fs/promises'
import { findLockHolder } from '@tidelock/local-cluster'
import type { DataPaths } from './paths.ts'

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
  /** Where the sample's messages arrive; a GET shows them. */
  readonly inboxUrl: string
  /** Empty with `--kubeconfig`: no bus is started then. */
  readonly natsUrl: string
  /** File with the nkey seed of the bus's administrator; empty without a bus. */
  readonly natsSeedFile: string
  /** Process ids by controller. */
  readonly pids: Readonly<Record<string, number>>
  /** Addresses of the controllers' metrics, by controller. */
  readonly metrics: Readonly<Record<string, string>>
  readonly logsDir: string
}

/** Writes the state, readable by the user alone, in one step. */
export async function writeState({ state: path }: DataPaths, state: UpState): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, path)
}

/** The state of the `up` that runs on this data directory; undefined when none does, or it is not up yet. What a killed one left does not count. */
export async function readState(paths: DataPaths): Promise<UpState | undefined> {
  let state: UpState
  try {
    state = JSON.parse(await readFile(paths.state, 'utf8')) as UpState
  } catch {
    return undefined
  }
  // by the lock, not by the process id alone: the system gives ids anew
  const holder = await findLockHolder(paths.lock)
  return holder?.pid === state.pid ? state : undefined
}
