// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import { configMap, createEngine, createTree } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

async function namesOf(files: Readonly<Record<string, string>>, ignored: readonly string[]): Promise<unknown[]> {
  await using tree = await createTree(files)
  const { objects } = await (await engine).build({ root: tree.root, path: 'app', ignored })
  return objects.map(({ object }) => (object['metadata'] as { name: string }).name)
}

describe('what is ignored', () => {
  const own = { 'app/own/kustomization.yaml': 'resources: [c.yaml]\n', 'app/own/c.yaml': configMap('c') }

  it('is left out of a generated file, and not even read', async () => {
    const files = { 'app/a.yaml': configMap('a'), 'app/sub/b.yaml': configMap('b'), 'app/broken.yaml': '{', ...own }
    expect(await namesOf(files, ['app/broken.yaml'])).toEqual(['a', 'c', 'b'])
    expect(await namesOf(files, ['app/broken.yaml', 'app/own', 'app/sub/b.yaml'])).toEqual(['a'])
    expect(await namesOf(files, ['app/a.yaml', 'app/broken.yaml', 'app/own', 'app/sub/b.yaml'])).toEqual([])
  })

  it('is taken out of the lists of the file that is there', async () => {
    const files = {
      'app/kustomization.yaml': 'resources: [a.yaml, ./own, ../base]\n',
      'app/a.yaml': configMap('a'),
      'base/kustomization.yaml': 'resources: [d.yaml]\n',
      'base/d.yaml': configMap('d'),
      ...own,
    }
    expect(await namesOf(files, [])).toEqual(['a', 'c', 'd'])
    expect(await namesOf(files, ['app/own'])).toEqual(['a', 'd'])
    expect(await namesOf(files, ['app/a.yaml', 'app/own', 'base'])).toEqual([])
  })
})
