// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { LocalClusterError } from './errors.ts'
import { replaceFile } from './files.ts'

/** What a cluster remembers from one start to the next. */
export interface ClusterState {
  readonly apiServerPort: number
  readonly natsPort: number
}

/** Reads the state file; undefined for a new cluster. Throws `StateInvalid` for one that is not ours. */
export async function readState(path: string): Promise<ClusterState | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { version, apiServerPort, natsPort } = JSON.parse(text) as Record<string, unknown>
    if (version === 1 && isPort(apiServerPort) && isPort(natsPort)) return { apiServerPort, natsPort }
  } catch (error) {
    throw invalidState(path, error)
  }
  throw invalidState(path)
}

/** Writes the state file. */
export async function writeState(path: string, state: ClusterState): Promise<void> {
  await replaceFile(path, `${JSON.stringify({ version: 1, ...state })}\n`, 0o600)
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536
}

function invalidState(path: string, cause?: unknown): LocalClusterError {
  return new LocalClusterError(
    'StateInvalid',
    `${path} is not the state of a local cluster: choose another data folder, or delete this one`,
    cause === undefined ? {} : { cause },
  )
}
