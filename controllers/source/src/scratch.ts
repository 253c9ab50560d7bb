// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '@tidelock/artifact'

/** Whose directory it is. */
export interface ScratchOwner {
  readonly name: string
  readonly pid: number
  /** When the process began, in milliseconds since the epoch. */
  readonly startedMs: number
}

/** A directory of this process for what is being fetched. */
export interface Scratch extends AsyncDisposable {
  readonly directory: string
}

/**
 * Makes a directory `<name>-<pid>-…` in `tempDir` that is removed when disposed, and removes those of processes that are
 * gone: a killed one leaves its packs behind, which would fill the disk of a pod that is restarted often.
 */
export async function openScratch(tempDir: string, owner: ScratchOwner): Promise<Scratch> {
  for (const entry of await readdir(tempDir)) {
    const path = join(tempDir, entry)
    if (await isAbandoned(path, entry, owner)) await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
  const directory = await mkdtemp(join(tempDir, `${owner.name}-${owner.pid}-`))
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

async function isAbandoned(path: string, entry: string, owner: ScratchOwner): Promise<boolean> {
  if (!entry.startsWith(`${owner.name}-`)) return false
  const pid = /^(\d+)-[^-]+$/.exec(entry.slice(owner.name.length + 1))?.[1]
  if (pid === undefined) return false
  if (Number(pid) !== owner.pid) return !isAlive(Number(pid))
  // in a container every process that ever ran this had the same id
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && found.mtimeMs < owner.startedMs
}
