// SPDX-License-Identifier: Apache-2.0
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const DAY_MS = 24 * 60 * 60 * 1000
const BUILD_LIFE_MS = 30 * DAY_MS
const LEFTOVER_LIFE_MS = DAY_MS
const BUILD_NAME = /^[0-9a-f]{24}$/
const LEFTOVER_NAME = /^\.build-/

/**
 * Removes builds that nobody has used for 30 days (a use sets their folder's modification time) and what killed builds
 * left more than a day ago. Anything else in the folder, and `keep`, stays.
 */
export async function pruneCache(root: string, keep: string, now: number): Promise<void> {
  for (const name of await readdir(root)) {
    if (name === keep) continue
    const lifeMs = BUILD_NAME.test(name) ? BUILD_LIFE_MS : LEFTOVER_NAME.test(name) ? LEFTOVER_LIFE_MS : Infinity
    const path = join(root, name)
    // Another process may be pruning too.
    const entry = await stat(path).catch(() => undefined)
    if (entry !== undefined && now - entry.mtimeMs > lifeMs) await rm(path, { recursive: true, force: true })
  }
}
