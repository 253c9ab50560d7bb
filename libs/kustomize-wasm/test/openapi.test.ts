// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import type { BuildResult } from '../src/index.ts'
import { createEngine, createTree } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

/** Says that the containers of a Deployment are merged by their image instead of their name. */
const schema = JSON.stringify({
  definitions: {
    Deployment: {
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
      properties: {
        spec: {
          type: 'object',
          properties: {
            template: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    containers: {
                      type: 'array',
                      items: { type: 'object' },
                      'x-kubernetes-patch-merge-key': 'image',
                      'x-kubernetes-patch-strategy': 'merge',
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
})

function deployment(containers: readonly object[]): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { spec: { containers } } },
  })
}

const resources = 'resources: [d.yaml]\npatches: [{path: p.yaml}]\n'
const files = {
  'd.yaml': deployment([{ name: 'a', image: 'one' }]),
  'p.yaml': deployment([{ name: 'a', image: 'two' }]),
  'schema.json': schema,
  'schema.yaml': `# YAML\n${schema}`,
}

async function build(kustomization: string | Uint8Array): Promise<BuildResult> {
  await using tree = await createTree({
    ...files,
    'app/kustomization.yaml': kustomization as string,
    'base/kustomization.yaml': 'resources: [../d.yaml]\nopenapi: {path: ../schema.json}\n',
  })
  return await (await engine).build({ root: tree.root, path: 'app' })
}

async function containerCount(kustomization: string | Uint8Array): Promise<number> {
  const { objects } = await build(kustomization)
  return objects[0]?.yaml.match(/image:/g)?.length ?? 0
}

const plain = resources.replaceAll('d.yaml', '../d.yaml').replaceAll('p.yaml', '../p.yaml')

function utf16(text: string): Uint8Array {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
}

describe('a tree that sets openapi', () => {
  it.each([
    ['openly', `${plain}openapi: {path: ../schema.json}\n`],
    ['as YAML', `${plain}openapi: {path: ../schema.yaml}\n`],
    ['in other case', `${plain}OpenAPI: {path: ../schema.json}\n`],
    ['behind an escape', `${plain}"op\\u0065napi": {path: ../schema.json}\n`],
    ['behind a line continuation', `${plain}? "open\\\n  api"\n: {path: ../schema.json}\n`],
    [
      'behind an alias',
      `${plain}nameSuffix: &key openapi\n*key : {path: ../schema.json}\n`.replace(
        'nameSuffix',
        'commonAnnotations: {x: y}\nnameSuffix',
      ),
    ],
    ['in UTF-16', utf16(`${plain}openapi: {path: ../schema.json}\n`)],
    ['in a base', 'resources: [../base]\npatches: [{path: ../p.yaml}]\n'],
    ['as a version', `${plain}openapi: {version: v1.21.2}\n`],
  ])('%s is built in an instance of its own, and leaves the others alone', async (name, kustomization) => {
    expect(await containerCount(plain)).toBe(1)
    const { stats } = await build(kustomization)
    expect(stats.isolated).toBe(true)
    expect(await containerCount(kustomization)).toBe(name === 'as a version' ? 1 : 2)
    const after = await build(plain)
    expect(after.stats.isolated).toBe(false)
    expect(await containerCount(plain)).toBe(1)
  })

  it('runs beside shared builds', async () => {
    const both = await Promise.all([build(`${plain}openapi: {path: ../schema.json}\n`), build(plain), build(plain)])
    expect(both.map(({ stats }) => stats.isolated)).toEqual([true, false, false])
    expect(both.map(({ objects }) => objects[0]?.yaml.match(/image:/g)?.length)).toEqual([2, 1, 1])
  })

  it('is refused when the schema is none, and nothing else suffers', async () => {
    await using tree = await createTree({
      ...files,
      'kustomization.yaml': `${resources}openapi: {path: d.yaml}\n`,
      'd.yaml': '{"definitions": 7}',
    })
    await expect((await engine).build({ root: tree.root, path: '.' })).rejects.toMatchObject({ code: 'BuildFailed' })
    expect(await containerCount(plain)).toBe(1)
  })

  it('does not count where the word only stands in the content', async () => {
    const { stats } = await build(`${plain}commonAnnotations: {note: "openapi \\\\ none"}\n`)
    expect(stats.isolated).toBe(false)
  })
})
