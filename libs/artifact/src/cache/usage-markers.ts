// SPDX-License-Identifier: Apache-2.0
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '@tidelock/errors'

const pattern = /^(.+)\.use-(\d+)$/

/**
 * Files that tell other processes which copies this one knows and may use: `<copy>.use-<pid>` beside the copy. A marker of a process that
 * has ended, or of an earlier one with our id, counts for nothing.
 */
export class UsageMarkers {
  readonly #root: string
  readonly #startedMs: number

  constructor(root: string, startedMs: number) {
    this.#root = root
    this.#startedMs = startedMs
  }

  async add(name: string): Promise<void> {
    await writeFile(this.#path(name), '')
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true })
  }

  /** Whether a process other than this one uses the copy. */
  async isUsedElsewhere(name: string): Promise<boolean> {
    for (const file of await readdir(this.#root)) {
      const match = pattern.exec(file)
      if (match?.[1] === name && Number(match[2]) !== process.pid && isAlive(Number(match[2]))) return true
    }
    return false
  }

  /** Removes the markers that count for nothing. */
  async clean(): Promise<void> {
    for (const file of await readdir(this.#root)) {
      const pid = Number(pattern.exec(file)?.[2] ?? Number.NaN)
      if (Number.isNaN(pid)) continue
      if (isAlive(pid) && !(pid === process.pid && (await this.#isOlder(file)))) continue
      await rm(join(this.#root, file), { force: true })
    }
  }

  async #isOlder(file: string): Promise<boolean> {
    const found = await stat(join(this.#root, file)).catch(() => undefined)
    return found !== undefined && found.mtimeMs < this.#startedMs
  }

  #path(name: string): string {
    return join(this.#root, `${name}.use-${process.pid}`)
  }
}

/** Whether a process with that id runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // there, but not ours to signal
    return codeOf(error) === 'EPERM'
  }
}
