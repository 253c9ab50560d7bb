// SPDX-License-Identifier: Apache-2.0
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const DEFAULT_SEARCH_PATH = ['/usr/local/go/bin', '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter)

/** The first executable file of that name on the search path, or undefined. */
export async function findProgram(name: string, searchPath: string = DEFAULT_SEARCH_PATH): Promise<string | undefined> {
  for (const dir of searchPath.split(delimiter)) {
    // An empty entry means the current folder, from which nothing is ever started.
    if (dir === '') continue
    const path = join(dir, name)
    try {
      await access(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return undefined
}
