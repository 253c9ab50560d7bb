// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import { caseNames, readCase, readExpectation } from './corpus.ts'
import type { CorpusCase, Expectation } from './corpus.ts'
import { createEngine } from './engine.ts'
import type { KustomizeEngine } from '../src/index.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

/** What Flux's generator refuses in its words, we refuse in ours. */
const ownWords: Readonly<Record<string, RegExp>> = {
  'flux-component-remote': /^spec.components: 'https:\/\/github.com\/example\/components\?ref=v1' must be a path/,
  'flux-component-absolute': /^spec.components: '\/comp' must be a path relative to spec.path$/,
}

async function build(
  kustomize: KustomizeEngine,
  { root, path, overrides }: CorpusCase,
  mode: 'flux' | 'kustomize',
): Promise<Expectation> {
  try {
    const { objects } = await kustomize.build({ root, path, overrides, mode })
    return { yaml: objects.map(({ yaml }) => yaml).join('---\n') }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** Go prints the address of a generator in one message. */
function withoutAddresses(expectation: Expectation): Expectation {
  return 'error' in expectation ? { error: expectation.error.trimEnd().replace(/0x[0-9a-f]+/g, '0x') } : expectation
}

describe('the corpus', () => {
  it('is large enough', () => {
    expect(caseNames().length).toBeGreaterThanOrEqual(100)
  })

  it.each(caseNames())('%s: as `kustomize build`, refusals word for word', async (name) => {
    const actual = await build(await engine, await readCase(name), 'kustomize')
    expect(withoutAddresses(actual)).toEqual(withoutAddresses(await readExpectation(name, 'kustomize')))
  })

  it.each(caseNames())('%s: as Flux, refusals of Kustomize word for word', async (name) => {
    const actual = withoutAddresses(await build(await engine, await readCase(name), 'flux'))
    const expected = withoutAddresses(await readExpectation(name, 'flux'))
    const own = ownWords[name]
    const isOwn = own !== undefined && 'error' in actual && own.test(actual.error)
    expect(isOwn ? expected : actual).toEqual(expected)
  })

  it.each(Object.keys(ownWords))('%s: Flux refuses it too', async (name) => {
    expect(await readExpectation(name, 'flux')).toHaveProperty('error')
  })
})
