// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import { configMap, createEngine, createTree } from './engine.ts'

describe('worker threads', () => {
  const engine = createEngine()
  afterAll(async () => (await engine).close())

  it('start under the test runner and build', async () => {
    await using tree = await createTree({ 'a.yaml': configMap('a') })
    const result = await (await engine).build({ root: tree.root, path: '.' })
    expect(result.objects.map(({ yaml }) => yaml)).toEqual([
      'apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: a\n',
    ])
  })
})
