// SPDX-License-Identifier: Apache-2.0
import { chmod, copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactIndex } from '@tidelock/archive'

const executable = 0o100

/** Puts an unpacked tree into a directory, over what is there of the same names. */
export async function placeTree(from: string, index: ArtifactIndex, to: string): Promise<void> {
  for (const path of index.directories) await mkdir(join(to, path), { recursive: true })
  for (const { path, mode } of index.files) {
    const target = join(to, path)
    // never through a link that has its name
    await rm(target, { force: true })
    await copyFile(join(from, path), target)
    await chmod(target, (mode & executable) === 0 ? 0o644 : 0o755)
  }
}
