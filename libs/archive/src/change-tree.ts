// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { directoryMode } from './modes.ts'
import type { ArtifactIndex, IndexEntry } from './types.ts'

/** What turns one tree into another. */
export interface TreeChange {
  /** What the directory holds. */
  readonly from: ArtifactIndex
  /** What it is to hold. */
  readonly to: ArtifactIndex
  /** A directory with those files of `to` that are new or other than in `from`, at their paths; they are moved. */
  readonly staged: string
}

/** Calls on files until the event loop may turn. */
const callsAtOnce = 200

/**
 * Turns an unpacked tree that nobody uses into another: as many calls as there are differences. Throws what the file system throws;
 * the directory is then neither, and the caller's to remove.
 */
export async function changeTree(directory: string, { from, to, staged }: TreeChange): Promise<void> {
  let calls = 0
  for (const call of callsFor(directory, { from, to, staged })) {
    call()
    if (++calls % callsAtOnce === 0) await setImmediate()
  }
}

function* callsFor(directory: string, { from, to, staged }: TreeChange): Generator<() => void> {
  const before = new Map(from.files.map((file) => [file.path, file]))
  const after = new Map(to.files.map((file) => [file.path, file]))
  const kept = new Set(to.directories)
  const old = new Set(from.directories)
  const at = (path: string): string => join(directory, path)
  for (const file of from.files) if (!areSame(file, after.get(file.path))) yield () => unlinkSync(at(file.path))
  // what a directory holds comes behind it
  for (const path of from.directories.toReversed()) if (!kept.has(path)) yield () => rmdirSync(at(path))
  for (const path of to.directories) if (!old.has(path)) yield () => mkdirSync(at(path), { mode: directoryMode })
  for (const file of to.files) {
    if (!areSame(file, before.get(file.path))) yield () => renameSync(join(staged, file.path), at(file.path))
  }
}

/** Whether a file is the same, content and mode, in two trees. */
export function areSame(file: IndexEntry, other: IndexEntry | undefined): boolean {
  return other !== undefined && file.sha256 === other.sha256 && file.mode === other.mode && file.size === other.size
}
