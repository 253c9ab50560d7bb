// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises'
import { errorMessage } from '@tidelock/errors'
import { tryLock } from '@tidelock/local-cluster'
import { CliError } from '../errors.ts'
import type { DataPaths } from './paths.ts'

/** Makes the data directory, open to the user alone. Throws UsageInvalid where that cannot be. */
export async function makeDataDir({ root }: DataPaths): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new CliError('UsageInvalid', `--data: ${root} cannot be made a directory: ${errorMessage(cause)}`, { cause })
  }
}

/** Takes the data directory for this process until disposed; a killed holder is no hindrance. Throws AlreadyRunning. */
export async function claimDataDir(paths: DataPaths): Promise<AsyncDisposable> {
  const lock = await tryLock(paths.lock)
  if (typeof lock === 'string') throw alreadyRunning(paths.root, lock)
  return { [Symbol.asyncDispose]: () => lock.release() }
}

/** What to say when another `up` has the data directory. */
export function alreadyRunning(root: string, holder: string): CliError {
  return new CliError(
    'AlreadyRunning',
    `tidelock up runs already on ${root} (${holder}): use it, end it with 'tidelock down --data ${root}', or give another --data`,
  )
}
