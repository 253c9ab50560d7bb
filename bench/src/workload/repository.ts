// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { appFiles, appName } from './app.ts'
import { baseFiles } from './objects.ts'
import { encryptedSecret } from './support.ts'
import type { Workload } from './workload.ts'

/** Writes the files of the monorepo into a directory. */
export async function writeRepository(directory: string, { apps, shape, sops }: Workload): Promise<void> {
  const substituted = shape === 'second'
  if (substituted) await writeFiles(directory, baseFiles)
  for (let index = 0; index < apps; index++) {
    const name = appName(index)
    const secret = sops ? await encryptedSecret(name) : undefined
    await writeFiles(directory, appFiles(name, { substituted, secret }))
  }
}

async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}
