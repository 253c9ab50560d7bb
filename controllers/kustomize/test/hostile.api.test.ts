// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { configMap, conditionsOf, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--engine-timeout=20s'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n'
const bombLevel = (level: number): string =>
  `  l${level}: &l${level} [${Array.from({ length: 9 }, () => `*l${level - 1}`).join(', ')}]\n`
const bomb = `${head}data:\n  l0: &l0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, index) => bombLevel(index + 1)).join('')}`
const deep = (levels: number): string => `${head}data: ${'{a: '.repeat(levels)}x${'}'.repeat(levels)}\n`
const kustomization = (body: object): string =>
  JSON.stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...body })
const sleepers = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    target: { kind: 'ConfigMap', name: `${'(a+)+'.repeat(20)}$` },
    patch: `[{"op":"add","path":"/data/k${index}","value":"v"}]`,
  }))

interface Hostile {
  readonly files: Record<string, string>
  readonly spec?: SceneSpec
  readonly words: RegExp
}

const hostile: Record<string, Hostile> = {
  'YAML that refers to itself': { files: { 'a.yaml': `${head}data: &a\n  self: *a\n` }, words: /refers to itself/ },
  'an alias bomb': { files: { 'a.yaml': bomb }, words: /aliases/ },
  'YAML nested ten thousand deep': {
    files: { 'a.yaml': deep(10_000) },
    words: /a\.yaml.*line \d+: nested more than 3000 deep/,
  },
  'a component outside of the artifact': {
    files: { 'app/a.yaml': configMap('a') },
    spec: { path: './app', components: ['../../../../../../etc'] },
    words: /etc/,
  },
  'a generator that reads outside of the artifact': {
    files: {
      'kustomization.yaml': kustomization({
        configMapGenerator: [{ name: 'stolen', files: ['../../../../../../../../etc/passwd'] }],
      }),
    },
    words: /passwd/,
  },
  'a generator that reads an absolute path': {
    files: { 'kustomization.yaml': kustomization({ configMapGenerator: [{ name: 's', envs: ['/etc/passwd'] }] }) },
    words: /passwd/,
  },
  'a resource outside of the artifact': {
    files: { 'kustomization.yaml': kustomization({ resources: ['../../../../proc/self/environ'] }) },
    words: /environ/,
  },
  'bases that include each other': {
    files: {
      'a/kustomization.yaml': kustomization({ resources: ['../b'] }),
      'b/kustomization.yaml': kustomization({ resources: ['../a'] }),
    },
    spec: { path: './a' },
    words: /cycle/,
  },
  'a program as a plugin': {
    files: {
      'kustomization.yaml': kustomization({ generators: ['g.yaml'] }),
      'g.yaml': `apiVersion: v1\nkind: Exec\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: /bin/sh\n`,
    },
    words: /function|plugin|exec/i,
  },
  'a Helm chart to be inflated': {
    files: { 'kustomization.yaml': kustomization({ helmCharts: [{ name: 'x', repo: 'https://example.com' }] }) },
    words: /helm/i,
  },
  'a substitution that doubles itself': {
    files: { 'a.yaml': configMap('settings', { key: '${A}'.repeat(1000) }) },
    spec: { postBuild: { substitute: { A: 'x'.repeat(200_000) } } },
    words: /larg|bytes|size|long/i,
  },
  'variables nested without end': {
    files: { 'a.yaml': configMap('settings', { key: `${'${A:='.repeat(5000)}x${'}'.repeat(5000)}` }) },
    spec: { postBuild: { substitute: { B: 'x' } } },
    words: /nest|deep/i,
  },
}

describe('hostile input', () => {
  it.each(Object.entries(hostile))('%s is a failed build with words, and others go on', async (title, given) => {
    const name = `h-${Object.keys(hostile).indexOf(title)}`
    await scene.deploy(name, given.files, given.spec ?? {})
    const failed = await scene.untilFailed(name, 'BuildFailed', given.words)
    expect(conditionsOf(failed)['Ready']?.[2]).not.toMatch(/root:x:|\/tmp\/|PATH=/)
    // its retries would take the time of the tests after it
    await scene.patch(name, { spec: { suspend: true } })
    const free = await scene.deploy(`${name}-next`, { 'a.yaml': configMap(`${name}-next`) })
    await scene.untilReady(`${name}-next`, free)
  })

  it('regular expressions that explode elsewhere are matched in linear time', async () => {
    const revision = await scene.deploy(
      'regex',
      { 'a.yaml': configMap('a'.repeat(60)) },
      { patches: sleepers(20) as never },
    )
    const { status } = await scene.untilReady('regex', revision)
    expect(status?.inventory?.entries).toHaveLength(1)
  })

  it('one tenant’s openapi schema does not reach the build of another', async () => {
    const schema = {
      definitions: {
        'io.k8s.api.apps.v1.Deployment': {
          type: 'object',
          'x-kubernetes-group-version-kind': [{ group: 'apps', kind: 'Deployment', version: 'v1' }],
        },
      },
    }
    await scene.deploy('schema', {
      'kustomization.yaml': kustomization({ resources: ['a.yaml'], openapi: { path: 'schema.json' } }),
      'schema.json': JSON.stringify(schema),
      'a.yaml': configMap('schema'),
    })
    await scene.untilReady('schema')
    const container = (name: string, image?: string): object => ({ name, ...(image === undefined ? {} : { image }) })
    const deployment = (containers: object[]): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'merged' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'merged' } },
        template: { metadata: { labels: { app: 'merged' } }, spec: { containers } },
      },
    })
    const patch = JSON.stringify(deployment([{ ...container('app'), tty: true }]))
    const revision = await scene.deploy(
      'merged',
      {
        'a.yaml': JSON.stringify(
          deployment([container('app', 'example.com/app:1'), container('side', 'example.com/s:1')]),
        ),
      },
      { patches: [{ patch }] },
    )
    await scene.untilReady('merged', revision)
    const live = await scene.client.get<never>(scene.object('Deployment', 'merged', 'apps/v1'))
    const names = (live as { spec: { template: { spec: { containers: { name: string }[] } } } }).spec.template.spec
    expect(names.containers.map(({ name }) => name)).toEqual(['app', 'side'])
  })
})
