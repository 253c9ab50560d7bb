// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeadLetter, DeadLetters } from './dead-letters.ts'

const suffix = '.json'

/** Dead letters as files, one directory a Provider: `<namespace>.<name>/<time>-<digest>.json`. */
export function deadLettersOnDisk(root: string, limit: number = 1000): DeadLetters {
  const directoryOf = ({ namespace, name }: DeadLetter['provider']): string =>
    join(root, `${encodeURIComponent(namespace)}.${encodeURIComponent(name)}`)
  const names = async (directory: string): Promise<string[]> =>
    (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(suffix)).sort()
  return {
    async put(letter) {
      const directory = directoryOf(letter.provider)
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const path = join(directory, fileName(letter))
      // the same message may be given up again: its process died before it had noted that, or it was sent again
      const before = (await names(directory)).filter((name) => name.endsWith(ending(letter)))
      await writeFile(`${path}.tmp`, JSON.stringify(letter, null, 2), { mode: 0o600 })
      await rename(`${path}.tmp`, path)
      const surplus = (await names(directory)).filter((name) => !before.includes(name)).slice(0, -limit)
      for (const name of [...before, ...surplus])
        if (name !== fileName(letter)) await rm(join(directory, name), { force: true })
    },
    async list(provider) {
      const directory = directoryOf(provider)
      const letters = await Promise.all((await names(directory)).map((name) => read(join(directory, name))))
      return letters.filter((letter) => letter !== undefined)
    },
    async count(provider) {
      return (await names(directoryOf(provider))).length
    },
    async remove(letter) {
      await rm(join(directoryOf(letter.provider), fileName(letter)), { force: true })
    },
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
