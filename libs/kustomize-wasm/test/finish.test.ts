// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from '@jest/globals'
import type { BuildResult, BuiltObject } from '../src/index.ts'
import { caseNames, readCase, readExpectation } from './corpus.ts'
import { configMap, createEngine, createTree } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

/** What Flux 2.9 itself wrote to the status of the Kustomization that applied testdata/left-by-flux with CLUSTER=staging. */
const digestByFlux = 'sha256:a9b14c50e8b022eb4f6212a7b5215e6da18fc827c96a925d61a0651b8be257f8'

describe('finish', () => {
  it('gives the digest that Flux gave', async () => {
    const root = fileURLToPath(new URL('../testdata/left-by-flux/', import.meta.url))
    const { objects, digest } = await (await engine).build({ root, path: './app' })
    expect(digest).not.toBe(digestByFlux)
    const substituted = objects.map(({ yaml }) => ({ substituted: yaml.replace('${CLUSTER}', 'staging') }))
    const finished = await (await engine).finish(substituted)
    expect(finished.digest).toBe(digestByFlux)
    expect(finished.objects[1]?.object).toMatchObject({ data: { GREETING: 'hello from staging' } })
  })

  it('leaves what is not substituted as it was built', async () => {
    await using tree = await createTree({ 'a.yaml': configMap('a'), 'b.yaml': configMap('b') })
    const built: BuildResult = await (await engine).build({ root: tree.root, path: '.' })
    const [first, second] = built.objects as [BuiltObject, BuiltObject]
    expect(await (await engine).finish(built.objects)).toEqual({ objects: built.objects, digest: built.digest })
    const finished = await (await engine).finish([first, { substituted: second.yaml.replace('a: b', 'a: "1"') }])
    expect(finished.objects[0]).toBe(first)
    expect(finished.objects[1]?.yaml).toBe(second.yaml.replace('a: b', 'a: "1"'))
  })

  it('types numbers as Go does through JSON', async () => {
    const { objects } = await (await engine).finish([{ substituted: 'b: 010\na: 1e3\nc: 0x10\nd: 1.50\ne: "010"\n' }])
    expect(objects[0]).toEqual({
      object: { a: 1000, b: 8, c: 16, d: 1.5, e: '010' },
      yaml: 'a: 1000\nb: 8\nc: 16\nd: 1.5\ne: "010"\n',
    })
  })

  it.each([
    ['no YAML', 'a: b: c', 'InvalidYaml'],
    ['no object', '- a', 'InvalidYaml'],
    ['the same object twice', configMap('twice'), 'BuildFailed'],
  ])('refuses %s', async (_name, substituted, code) => {
    const items = [{ substituted: configMap('twice') }, { substituted }]
    await expect((await engine).finish(items)).rejects.toMatchObject({ code })
  })

  it('says which text is refused', async () => {
    const items = [{ substituted: configMap('a') }, { substituted: 'a: b: c' }]
    await expect((await engine).finish(items)).rejects.toMatchObject({ details: { index: 1 } })
  })
})

describe('the objects of the corpus', () => {
  it.each(caseNames())('%s: the JSON is that of the YAML', async (name) => {
    const expectation = await readExpectation(name, 'flux')
    const texts = 'yaml' in expectation && expectation.yaml !== '' ? [expectation.yaml] : []
    const { root, path, overrides } = await readCase(name)
    const built = texts.length === 0 ? [] : (await (await engine).build({ root, path, overrides })).objects
    const parsed = await (await engine).parseYaml(texts)
    expect(built.map(({ object }) => object)).toEqual(parsed.flat())
  })
})
