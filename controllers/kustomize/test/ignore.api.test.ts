// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { configMap, deployment, manifest, Scene } from './harness.ts'

interface Deployment extends KubeObject {
  spec: { replicas: number; revisionHistoryLimit?: number; paused?: boolean }
}
interface Config extends KubeObject {
  data?: Record<string, string>
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const replicas = [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }]

function withSpec(name: string, spec: object): string {
  const object = JSON.parse(deployment(name)) as Deployment
  return manifest({ ...object, spec: { ...object.spec, ...spec } })
}

function live(name: string): Promise<Deployment> {
  return scene.client.get<Deployment>(scene.object('Deployment', name, 'apps/v1'))
}

/** Writes as another controller does: an Update under its name. */
function update(name: string, spec: object, fieldManager: string): Promise<Deployment> {
  const ref = scene.object('Deployment', name, 'apps/v1')
  return scene.client.patch<Deployment>(ref, { type: 'merge', body: { spec }, fieldManager })
}

function applyConfig(name: string, data: Record<string, string>, fieldManager: string): Promise<KubeObject> {
  const { apiVersion, kind, namespace } = scene.object('ConfigMap', name)
  const object = { apiVersion, kind, metadata: { name, namespace: namespace ?? '' }, data }
  return scene.client.apply(object, { fieldManager, force: true })
}

function configuredEvents(name: string): string[] {
  return scene.receiver
    .of(name)
    .map(({ message }) => message)
    .filter((message) => message.includes('configured'))
}

it('a field of another controller is not undone, and its value survives what is applied for another reason', async () => {
  await scene.deploy('scaled', { 'a.yaml': withSpec('scaled', {}) }, { ignore: replicas })
  await scene.untilReady('scaled')
  expect((await live('scaled')).spec.replicas).toBe(1)
  const scaled = await update('scaled', { replicas: 4 }, 'autoscaler')
  await scene.reconcile('scaled')
  expect((await live('scaled')).metadata.generation).toBe(scaled.metadata.generation)
  expect(configuredEvents('scaled')).toEqual([])

  const revision = await scene.publish(
    { 'a.yaml': withSpec('scaled', { revisionHistoryLimit: 3 }) },
    { source: 'scaled' },
  )
  await scene.untilReady('scaled', revision)
  expect((await live('scaled')).spec).toMatchObject({ replicas: 4, revisionHistoryLimit: 3 })
  expect(configuredEvents('scaled')).toEqual([`Deployment/${scene.namespace}/scaled configured`])
})

it('a hand edit of an ignored field stays and is written once, while one of another field is undone at once', async () => {
  const files = { 'a.yaml': withSpec('edited', { revisionHistoryLimit: 5 }) }
  await scene.deploy('edited', files, { ignore: replicas })
  await scene.untilReady('edited')
  await update('edited', { replicas: 3, revisionHistoryLimit: 7 }, 'kubectl-edit')
  await scene.untilLive<Deployment>(
    scene.object('Deployment', 'edited', 'apps/v1'),
    ({ spec, metadata }) =>
      spec.revisionHistoryLimit === 5 && !metadata.managedFields?.some(({ manager }) => manager === 'kubectl-edit'),
  )
  await scene.reconcile('edited')
  const settled = await live('edited')
  expect(settled.spec.replicas).toBe(3)
  await scene.reconcile('edited')
  expect((await live('edited')).metadata.generation).toBe(settled.metadata.generation)
  expect(configuredEvents('edited')).toHaveLength(1)
})

it('a field that another manager applies is given up to it', async () => {
  const files = (b: string) => ({ 'a.yaml': configMap('shared', { a: 'ours', b }) })
  await scene.deploy('shared', files('1'), { ignore: [{ paths: ['/data/a'] }] })
  await scene.untilReady('shared')
  await applyConfig('shared', { a: 'theirs' }, 'other-tool')
  await scene.untilReady('shared', await scene.publish(files('2'), { source: 'shared' }))
  const config = await scene.client.get<Config>(scene.object('ConfigMap', 'shared'))
  expect(config.data).toEqual({ a: 'theirs', b: '2' })
  const own = config.metadata.managedFields?.find(({ manager }) => manager === 'kustomize-controller')
  expect(own?.fieldsV1).toHaveProperty('f:data', { 'f:b': {} })
})

it('a field that kubectl applies keeps its value, though what kubectl applies becomes ours', async () => {
  await scene.deploy(
    'taken',
    { 'a.yaml': configMap('taken', { a: 'ours', b: '1' }) },
    { ignore: [{ paths: ['/data/a'] }] },
  )
  await scene.untilReady('taken')
  await applyConfig('taken', { a: 'theirs', c: 'goes' }, 'kubectl')
  const ref = scene.object('ConfigMap', 'taken')
  const isOurs = ({ data, metadata }: Config): boolean =>
    data?.['c'] === undefined && metadata.managedFields?.some(({ manager }) => manager === 'kubectl') !== true
  expect((await scene.untilLive<Config>(ref, isOurs)).data).toEqual({ a: 'theirs', b: '1' })
  await scene.reconcile('taken')
  expect((await scene.client.get<Config>(ref)).data).toEqual({ a: 'theirs', b: '1' })
})

it('a selector must match the whole value, and what it leaves out is brought back', async () => {
  const files = { 'a.yaml': configMap('web', { key: '1' }), 'b.yaml': configMap('web-2', { key: '1' }) }
  await scene.deploy('selected', files, {
    ignore: [{ paths: ['/data/key'], target: { kind: 'ConfigMap', name: 'web' } }],
  })
  await scene.untilReady('selected')
  for (const name of ['web', 'web-2'])
    await scene.client.patch(scene.object('ConfigMap', name), {
      ...{ type: 'merge', body: { data: { key: '2' } } },
      fieldManager: 'other-controller',
    })
  await scene.reconcile('selected')
  const keys = ['web', 'web-2'].map((name) => scene.client.get<Config>(scene.object('ConfigMap', name)))
  expect((await Promise.all(keys)).map(({ data }) => data?.['key'])).toEqual(['2', '1'])
})

it('labels and annotations select, and several rules add up', async () => {
  const mark = { labels: { tuned: 'yes' }, annotations: { 'example.com/owner': 'ops' } }
  const files = {
    'a.yaml': configMap('marked', { a: '1', b: '1', c: '1' }, mark),
    'b.yaml': configMap('plain', { a: '1', b: '1' }),
  }
  const ignore = [
    { paths: ['/data/a'], target: { labelSelector: 'tuned in (yes)' } },
    { paths: ['/data/b'], target: { annotationSelector: 'example.com/owner=ops' } },
  ]
  await scene.deploy('marked', files, { ignore })
  await scene.untilReady('marked')
  for (const [name, data] of [
    ['marked', { a: '2', b: '2', c: '2' }],
    ['plain', { a: '2', b: '2' }],
  ] as const)
    await scene.client.patch(scene.object('ConfigMap', name), { type: 'merge', body: { data }, fieldManager: 'tuner' })
  await scene.reconcile('marked')
  const found = await Promise.all(
    ['marked', 'plain'].map((name) => scene.client.get<Config>(scene.object('ConfigMap', name))),
  )
  expect(found.map(({ data }) => data)).toEqual([
    { a: '2', b: '2', c: '1' },
    { a: '1', b: '1' },
  ])
})

it('all parts of a selector count', async () => {
  const target = { group: 'apps', version: 'v1', kind: 'Deploy.*', name: 'parts-.*', namespace: scene.namespace }
  const others = { group: 'batch', version: 'v2', kind: 'Deploy', name: 'parts', namespace: 'elsewhere' }
  await scene.deploy(
    'parts',
    { 'a.yaml': withSpec('parts-a', { revisionHistoryLimit: 5 }) },
    {
      ignore: [
        { paths: ['/spec/replicas'], target },
        ...Object.entries(others).map(([part, value]) => ({
          paths: ['/spec/revisionHistoryLimit'],
          target: { ...target, [part]: value },
        })),
      ],
    },
  )
  await scene.untilReady('parts')
  await update('parts-a', { replicas: 3, revisionHistoryLimit: 9 }, 'autoscaler')
  await scene.reconcile('parts')
  expect((await live('parts-a')).spec).toMatchObject({ replicas: 3, revisionHistoryLimit: 5 })
})

it.each([
  [
    'regex',
    { paths: ['/data'], target: { name: '(' } },
    /failed to create ignore rule selector: invalid name regex in spec\.ignore\[0\]\.target\.name/,
  ],
  ['selector', { paths: ['/data'], target: { labelSelector: 'a in' } }, /invalid label selector in spec\.ignore\[0\]/],
  ['pointer', { paths: ['data/key'] }, /spec\.ignore path "data\/key" is not a JSON pointer/],
])('an invalid %s fails the run by name, and nothing is applied', async (kind, rule, words) => {
  const name = `invalid-${kind}`
  await scene.deploy(name, { 'a.yaml': configMap(name) }, { ignore: [rule] })
  await scene.untilFailed(name, 'ReconciliationFailed', words)
  expect(await scene.client.find(scene.object('ConfigMap', name))).toBeUndefined()
})
