// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { editSources } from './source-edits.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'source-edits-'))
  await writeFile(join(root, 'a.go'), 'one two two')
})
afterEach(() => rm(root, { recursive: true, force: true }))

it('makes the edits in order', async () => {
  const edits = [
    { file: 'a.go', find: 'one', put: '$& three' },
    { file: 'a.go', find: 'three', put: 'four' },
  ]
  await editSources(root, edits)
  expect(await readFile(join(root, 'a.go'), 'utf8')).toBe('$& four two two')
})

it.each([
  ['two', 2],
  ['five', 0],
])('refuses sources in which %s stands %d times', async (find, times) => {
  const edit = { file: 'a.go', find, put: '' }
  await expect(editSources(root, [edit])).rejects.toMatchObject({
    code: 'EngineFailed',
    message: `a.go of Kustomize: expected exactly once, found ${times} times: ${find}`,
  })
})
