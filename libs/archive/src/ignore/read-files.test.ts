// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readSourceIgnoreFiles } from './read-files.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ignore-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('readSourceIgnoreFiles', () => {
  it('reads every file by its directory, without .git and links', async () => {
    for (const directory of ['a/b', '.git', 'c']) await mkdir(join(root, directory), { recursive: true })
    for (const path of ['', 'a/b/', '.git/']) await writeFile(join(root, path, '.sourceignore'), `of ${path}`)
    await symlink('/etc/passwd', join(root, 'c/.sourceignore'))
    await symlink(root, join(root, 'c/loop'))
    expect(await readSourceIgnoreFiles(root)).toEqual(
      new Map([
        ['', 'of '],
        ['a/b', 'of a/b/'],
      ]),
    )
  })
  it('refuses one that is no list of patterns any more', async () => {
    await writeFile(join(root, '.sourceignore'), Buffer.alloc(1024 * 1024 + 1, '#'))
    await expect(readSourceIgnoreFiles(root)).rejects.toMatchObject({ code: 'LimitExceeded' })
  })

  it('refuses more of them than fit into memory', async () => {
    for (const directory of ['a', 'b', 'c', 'd', 'e']) {
      await mkdir(join(root, directory))
      await writeFile(join(root, directory, '.sourceignore'), Buffer.alloc(1024 * 1024, '#'))
    }
    await expect(readSourceIgnoreFiles(root)).rejects.toThrow('have together 5242880 bytes, the limit is 4194304')
  })

  it('stops when aborted', async () => {
    await expect(readSourceIgnoreFiles(root, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})
