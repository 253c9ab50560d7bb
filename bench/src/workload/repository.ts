// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { appFiles, appName } from './app.ts'

/** Writes the files of the monorepo of that many apps into a directory. */
export async function writeRepository(directory: string, apps: number): Promise<void> {
  for (let index = 0; index < apps; index++) {
    for (const [path, text] of Object.entries(appFiles(appName(index)))) {
      const file = join(directory, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
  }
}
