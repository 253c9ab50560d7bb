// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { getPriority } from 'node:os'
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

  it('take what is urgent first, but not always', async () => {
    const engine = await createEngine({ workers: 1 })
    const ended: string[] = []
    const urgent = engine.urgently()
    const parse = async (by: typeof engine, name: string): Promise<void> => {
      await by.parseYaml([configMap(name)])
      ended.push(name)
    }
    const routine = ['a', 'b', 'c', 'd', 'e'].map((name) => parse(engine, name))
    const first = ['1', '2', '3', '4'].map((name) => parse(urgent, name))
    await Promise.all([...routine, ...first])
    expect(ended).toEqual(['a', '1', '2', '3', 'b', '4', 'c', 'd', 'e'])
    // it is one engine
    await urgent.close()
    expect(await engine.parseYaml([configMap('f')])).toHaveLength(1)
    await engine.close()
    await expect(urgent.parseYaml([configMap('g')])).rejects.toMatchObject({ code: 'EngineClosed' })
  })

  it('are not asked to be ready while they work', async () => {
    const engine = await createEngine({ workers: 1 })
    await engine.warm()
    let hasEnded = false
    const work = engine.parseYaml([configMap('a')]).finally(() => (hasEnded = true))
    await engine.warm()
    expect(hasEnded).toBe(false)
    await work
    await engine.close()
    await expect(engine.warm()).rejects.toMatchObject({ code: 'EngineClosed' })
  })

  it('leave the cores to the main thread, whose priority stays', async () => {
    // elsewhere a thread has no priority of its own
    if (process.platform !== 'linux') return
    const before = getPriority()
    await (await engine).warm()
    expect(getPriority()).toBe(before)
    expect(await niceOf('kustomize')).toContain(Math.min(19, before + 10))
  })
})

/** The niceness of the threads of this process with that name. */
async function niceOf(name: string): Promise<number[]> {
  const nice: number[] = []
  for (const id of await readdir('/proc/self/task')) {
    // one that ended meanwhile has no file
    const stat = await readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')
    const end = stat.lastIndexOf(')')
    if (stat.slice(stat.indexOf('(') + 1, end) === name) nice.push(Number(stat.slice(end + 2).split(' ')[16]))
  }
  return nice
}
