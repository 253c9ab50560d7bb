// SPDX-License-Identifier: Apache-2.0
// The engine finds resources by an index where Kustomize searches them all (src/source-edits.ts): nothing else may differ.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { configMap, createEngine, createTree } from './engine.ts'
import { randomTree } from './random-tree.ts'
import type { KustomizeEngine } from '../src/index.ts'

interface Outcome {
  readonly yaml?: string
  readonly error?: string
}

const trees = 120
const goDir = fileURLToPath(new URL('../go/', import.meta.url))
let scratch = ''
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'kustomize-released-'))
  const built = spawnSync('go', ['build', '-o', join(scratch, 'released'), './reference'], {
    cwd: goDir,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the reference does not compile: ${built.stderr}`)
}, 600_000)
afterAll(() => rm(scratch, { recursive: true, force: true }))

function buildReleased(directories: readonly string[]): readonly Outcome[] {
  const { stdout } = spawnSync(join(scratch, 'released'), {
    input: JSON.stringify(directories),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return JSON.parse(stdout) as readonly Outcome[]
}

async function build(engine: KustomizeEngine, root: string, path: string): Promise<Outcome> {
  try {
    const { objects } = await engine.build({ root, path, mode: 'kustomize' })
    return { yaml: objects.map(({ yaml }) => yaml).join('---\n') }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** Go prints addresses; and of several ambiguous references Kustomize names any one. */
function comparable({ yaml, error }: Outcome, root: string): Outcome {
  if (error === undefined) return { yaml: yaml ?? '' }
  if (error.includes('found multiple possible referrals')) return { error: 'found multiple possible referrals' }
  return {
    error: error
      .replaceAll(root, '/artifact')
      .replaceAll(/0x[0-9a-f]+/g, '0x')
      .trimEnd(),
  }
}

const isBuilt = ({ yaml }: Outcome): boolean => yaml !== undefined

describe('the index', () => {
  it(`changes nothing in ${trees} random overlays in which ids meet`, async () => {
    await using engine = await createEngine()
    const files = Array.from({ length: trees }, (_, seed) =>
      Object.entries(randomTree(seed)).map(([name, text]) => [`${seed}/${name}`, text] as const),
    )
    await using tree = await createTree(Object.fromEntries(files.flat()))
    const paths = files.map((_, seed) => `${seed}/root`)
    const expected = buildReleased(paths.map((path) => join(tree.root, path)))
    for (const [seed, path] of paths.entries()) {
      const actual = await build(engine, tree.root, path)
      expect({ seed, ...comparable(actual, tree.root) }).toEqual({
        seed,
        ...comparable(expected[seed] ?? {}, tree.root),
      })
    }
    // both sides of the comparison must be worth it
    expect(expected.filter(isBuilt).length).toBeGreaterThan(trees / 4)
    expect(expected.filter((outcome) => !isBuilt(outcome)).length).toBeGreaterThan(trees / 10)
  }, 600_000)

  it('is given up where a reference renames its own referrer', async () => {
    await using engine = await createEngine()
    await using tree = await createTree(renaming)
    const [expected] = buildReleased([join(tree.root, 'root')])
    expect(expected?.yaml).toContain('kind: Widget\nmetadata:\n  name: p-a\nspec:\n  config: p-b\n')
    expect(await build(engine, tree.root, 'root')).toEqual(expected)
  })

  it('builds 3,000 objects that refer to each other, in a quarter of the memory', async () => {
    await using engine = await createEngine({ memoryMaxBytes: 128 * 1024 * 1024, timeoutMs: 500_000 })
    await using tree = await createTree(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => app(i)).flat()))
    const { objects } = await engine.build({
      root: tree.root,
      path: '.',
      overrides: { targetNamespace: 'shop', namePrefix: 'p-' },
    })
    expect(objects).toHaveLength(3000)
    const [deployment] = objects.filter(({ yaml }) => yaml.includes('name: p-app7\n') && yaml.includes('Deployment'))
    expect(deployment?.yaml).toContain('configMapRef:\n            name: p-app7\n')
  }, 600_000)
})

const widget = (name: string, config: string): string =>
  JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec: { config } })

const renaming = {
  'base/kustomization.yaml': 'namePrefix: p-\nresources: [a.yaml, b.yaml]\n',
  'base/a.yaml': configMap('a'),
  'base/b.yaml': configMap('b'),
  'root/kustomization.yaml': 'resources: [../base, w.yaml]\nconfigurations: [names.yaml]\n',
  'root/w.yaml': [widget('a', 'b'), widget('b', 'a'), widget('c', 'a')].join('\n---\n'),
  'root/names.yaml': JSON.stringify({
    nameReference: [
      {
        kind: 'ConfigMap',
        version: 'v1',
        fieldSpecs: ['metadata/name', 'spec/config'].map((path) => ({ kind: 'Widget', path })),
      },
    ],
  }),
}

function app(i: number): (readonly [string, string])[] {
  const metadata = { name: `app${i}` }
  const container = { name: 'm', image: 'i', envFrom: [{ configMapRef: { name: `app${i}` } }] }
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: metadata } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: { containers: [container] } } } },
  ].map((object) => [`${i}/${object.kind}.yaml`, JSON.stringify(object)] as const)
}
