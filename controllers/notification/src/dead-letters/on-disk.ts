// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeadLetter, DeadLetters, LetterOwner } from './dead-letters.ts'
import { LetterIndex } from './letter-index.ts'
import type { Shelf } from './letter-index.ts'

const suffix = '.json'

/** Settings of dead letters on disk. */
export interface DeadLettersOnDiskOptions {
  readonly root: string
  /** Of all Providers together, on the disk. */
  readonly maxBytes: number
  /** Of one Provider. Absent: 1,000. */
  readonly maxLetters?: number
  /** Told of each letter that had to make room: the uid of its Provider. */
  readonly onDropped: (uid: string) => void
}

/** Dead letters as files, one directory a Provider: `<namespace>.<uid>/<time>-<digest>.json`. The directory belongs to one process. */
export class DeadLettersOnDisk implements DeadLetters {
  readonly #options: DeadLettersOnDiskOptions
  readonly #index = new LetterIndex()
  /** Changes are made one after the other; never rejects. */
  #last: Promise<unknown>

  constructor(options: DeadLettersOnDiskOptions) {
    this.#options = options
    this.#last = this.#load().catch(() => undefined)
  }

  put(letter: DeadLetter): Promise<void> {
    return this.#inTurn(async () => {
      const { uid } = letter.provider
      const directory = this.#directoryOf(letter.provider)
      const name = fileName(letter)
      const text = JSON.stringify(letter, null, 2)
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeFile(join(directory, `${name}.tmp`), text, { mode: 0o600 })
      await rename(join(directory, `${name}.tmp`), join(directory, name))
      // the same message may be given up again: its process died before it had noted that, or it was sent again
      const before = this.#index.names(uid).filter((each) => each !== name && each.endsWith(ending(letter)))
      this.#index.add(letter.provider, name, Buffer.byteLength(text))
      for (const each of before) await this.#remove(letter.provider, each)
      await this.#makeRoom()
    })
  }

  async list(provider: LetterOwner, newest: number = Infinity): Promise<readonly DeadLetter[]> {
    const names = await this.#inTurn(() => [...this.#index.names(provider.uid)])
    const wanted = names.slice(Math.max(0, names.length - newest))
    const directory = this.#directoryOf(provider)
    const letters = await Promise.all(wanted.map((name) => read(join(directory, name))))
    return letters.filter((letter) => letter !== undefined)
  }

  count({ uid }: LetterOwner): Promise<number> {
    return this.#inTurn(() => this.#index.names(uid).length)
  }

  remove(letter: DeadLetter): Promise<void> {
    return this.#inTurn(() => this.#remove(letter.provider, fileName(letter)))
  }

  retain(isThere: (uid: string) => boolean): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const gone = Array.from(this.#index.shelves).filter(({ uid }) => !isThere(uid))
      for (const shelf of gone) for (const name of [...shelf.names]) await this.#remove(shelf, name)
      return Array.from(this.#index.shelves, ({ uid }) => uid)
    })
  }

  stats(): { readonly letters: number; readonly bytes: number } {
    return this.#index.stats
  }

  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  async #load(): Promise<void> {
    const { root } = this.#options
    for (const entry of await readdir(root, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      const directory = join(root, entry.name)
      const [, namespace = '', uid = ''] = /^([^.]*)\.(.*)$/.exec(entry.name) ?? []
      for (const name of await readdir(directory)) {
        const path = join(directory, name)
        // a write that a crash cut short
        if (name.endsWith('.tmp')) await rm(path, { force: true })
        else if (name.endsWith(suffix)) this.#index.add({ namespace, uid }, name, (await stat(path)).size)
      }
    }
    // the bound may be a lower one than before
    await this.#makeRoom()
  }

  async #makeRoom(): Promise<void> {
    const { maxBytes, maxLetters = 1000, onDropped } = this.#options
    const drop = async (shelf: Shelf, name: string): Promise<void> => {
      await this.#remove(shelf, name)
      onDropped(shelf.uid)
    }
    for (const shelf of [...this.#index.shelves])
      for (const name of shelf.names.slice(0, Math.max(0, shelf.names.length - maxLetters))) await drop(shelf, name)
    while (this.#index.stats.bytes > maxBytes) {
      const found = this.#index.nextToGo()
      if (found === undefined) return
      await drop(found.shelf, found.name)
    }
  }

  async #remove(owner: Pick<LetterOwner, 'namespace' | 'uid'>, name: string): Promise<void> {
    const directory = this.#directoryOf(owner)
    await rm(join(directory, name), { force: true })
    this.#index.remove(owner.uid, name)
    // refused while there is something else in it
    if (this.#index.names(owner.uid).length === 0) await rmdir(directory).catch(() => undefined)
  }

  #directoryOf({ namespace, uid }: Pick<LetterOwner, 'namespace' | 'uid'>): string {
    return join(this.#options.root, `${namespace}.${uid}`)
  }
}

function fileName(letter: DeadLetter): string {
  return letter.at.replaceAll(':', '') + ending(letter)
}

function ending({ key }: DeadLetter): string {
  return `-${createHash('sha256').update(key).digest('hex').slice(0, 16)}${suffix}`
}

/** Undefined for a file that a crash or a person cut short. */
async function read(path: string): Promise<DeadLetter | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DeadLetter
  } catch {
    return undefined
  }
}
