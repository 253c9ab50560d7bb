// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import { configMap, createEngine, createTree } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

async function readSetOf(files: Readonly<Record<string, string>>, path: string, overrides = {}): Promise<unknown> {
  await using tree = await createTree(files)
  return (await (await engine).build({ root: tree.root, path, overrides })).readSet
}

const absentKustomization = (dir: string): string[] => [`${dir}Kustomization`, `${dir}kustomization.yml`]

describe('the read set', () => {
  it('of an overlay has its files alone, not their neighbours', async () => {
    const files = {
      'overlay/kustomization.yaml': 'resources: [../base]\npatches: [{path: patch.yaml}]\n',
      'overlay/patch.yaml': configMap('a', { b: 'c' }),
      'overlay/unrelated.yaml': configMap('x'),
      'base/kustomization.yaml': 'resources: [a.yaml]\nconfigMapGenerator: [{name: g, files: [data.txt]}]\n',
      'base/a.yaml': configMap('a'),
      'base/data.txt': 'text',
      'other/kustomization.yaml': 'resources: []\n',
    }
    expect(await readSetOf(files, 'overlay')).toEqual({
      files: [
        'base/a.yaml',
        'base/data.txt',
        'base/kustomization.yaml',
        'overlay/kustomization.yaml',
        'overlay/patch.yaml',
      ],
      missing: [...absentKustomization('base/'), ...absentKustomization('overlay/')],
      directories: [],
    })
  })

  it('of a generated file has the listed directories and the absent kustomization files', async () => {
    const files = {
      'app/a.yaml': configMap('a'),
      'app/notes.md': '',
      'app/sub/b.yml': configMap('b'),
      'app/own/kustomization.yaml': 'resources: [c.yaml]\n',
      'app/own/c.yaml': configMap('c'),
      'app/own/ignored.yaml': configMap('d'),
    }
    expect(await readSetOf(files, 'app')).toEqual({
      files: ['app/a.yaml', 'app/own/c.yaml', 'app/own/kustomization.yaml', 'app/sub/b.yml'],
      missing: [
        'app/Kustomization',
        'app/kustomization.yaml',
        'app/kustomization.yml',
        ...absentKustomization('app/own/'),
        'app/sub/Kustomization',
        'app/sub/kustomization.yaml',
        'app/sub/kustomization.yml',
      ],
      directories: ['app', 'app/sub'],
    })
  })

  it('has a component that is allowed to be missing', async () => {
    const files = { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': configMap('a') }
    expect(await readSetOf(files, '.', { components: ['later'], ignoreMissingComponents: true })).toEqual({
      files: ['a.yaml', 'kustomization.yaml'],
      missing: ['Kustomization', 'kustomization.yml', 'later'],
      directories: [],
    })
  })
})
