// SPDX-License-Identifier: Apache-2.0
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { indexSuffix, isTemporaryName, lockSuffix } from '../names.ts'

/** Which artifacts of an object are kept beside the current one. */
export interface Retention {
  /** How long a file is kept after it was written. */
  readonly ttlMs: number
  /** How many files are kept at most, the current one included. */
  readonly records: number
}

interface StoredFile {
  readonly name: string
  readonly writtenMs: number
}

/** As many files are looked at in one go. */
const maxFiles = 1000

/**
 * The names of the files in an object's directory that have outlived the retention: all older than the TTL, and of the rest the
 * oldest beyond the number of records. Never the current one. Locks, indexes and temporary files do not count.
 */
export async function findGarbage(
  directory: string,
  current: string,
  retention: Retention,
  nowMs: number,
): Promise<readonly string[]> {
  const files = await listFiles(directory)
  const others = files.filter(({ name }) => name !== current)
  const expired = others.filter(({ writtenMs }) => nowMs - writtenMs > retention.ttlMs)
  const alive = others.filter((file) => !expired.includes(file)).sort((one, two) => one.writtenMs - two.writtenMs)
  const surplus = Math.max(0, files.length - expired.length - Math.max(1, retention.records))
  return [...expired, ...alive.slice(0, surplus)].map(({ name }) => name)
}

async function listFiles(directory: string): Promise<readonly StoredFile[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name))
  const files: StoredFile[] = []
  for (const name of [...names].filter((each) => counts(each, names)).slice(0, maxFiles)) {
    files.push({ name, writtenMs: (await lstat(join(directory, name))).mtimeMs })
  }
  return files
}

/** An index goes with its artifact; one whose artifact a crash prevented stands for itself. */
function counts(name: string, names: ReadonlySet<string>): boolean {
  if (name.endsWith(lockSuffix) || isTemporaryName(name)) return false
  return !name.endsWith(indexSuffix) || !names.has(name.slice(0, -indexSuffix.length))
}
