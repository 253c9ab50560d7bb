// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { BusError } from './errors.ts'
import { isSegmentName } from './segment.ts'

/** The files of a spool. Knows nothing of what stands in them. */
export class SpoolDirectory {
  readonly path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /** Makes the directory (mode 0700) where it is missing. Throws `SpoolUnusable` naming it when that fails. */
  static async open(path: string): Promise<SpoolDirectory> {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 })
      return new SpoolDirectory(path, await open(path, 'r'))
    } catch (cause) {
      throw new BusError('SpoolUnusable', `event spool ${path} cannot be used; give a writable --spool-dir`, { cause })
    }
  }

  /** Names of all segments in order; leftovers of writes that were cut short are removed. */
  async list(): Promise<string[]> {
    const names = await readdir(this.path)
    for (const name of names) if (name.endsWith('.tmp')) await this.remove(name)
    return names.filter(isSegmentName).sort()
  }

  /** Writes a file so that it is either whole and durable or not there. */
  async write(name: string, content: string): Promise<void> {
    const temporary = join(this.path, `${name}.tmp`)
    try {
      const file = await open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, join(this.path, name))
    } catch (error) {
      await this.remove(`${name}.tmp`)
      throw error
    }
    // without this the name itself may be gone after a power cut
    await this.#handle.sync()
  }

  /** The text of a file, undefined when it is gone. */
  async read(name: string): Promise<string | undefined> {
    return readFile(join(this.path, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
  }

  /** Removes a file; one that is gone already is fine, as is one that cannot be removed (it is read again at the next start). */
  async remove(name: string): Promise<void> {
    await unlink(join(this.path, name)).catch(() => undefined)
  }

  /** Keeps a damaged file for people, out of the way of later starts; only the newest ten of them. */
  async setAside(name: string): Promise<void> {
    await rename(join(this.path, name), join(this.path, `${name}.corrupt`)).catch(() => undefined)
    const kept = (await readdir(this.path)).filter((each) => each.endsWith('.corrupt')).sort()
    for (const old of kept.slice(0, -10)) await this.remove(old)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
