// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { Informer, silentLog } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { eventually } from '@tidelock/testkit'
import { configMap, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--requeue-dependency=1s'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

/** How the old owner is kept from running at the revision that moves the object, and how it is let go on. */
interface Block {
  readonly before?: (old: string) => Promise<unknown>
  /** What the old owner's directory has beside, at the revision that moves. */
  readonly files?: Record<string, string>
  readonly after: (old: string) => Promise<unknown>
}

const blocks: Record<string, Block> = {
  suspended: {
    before: (old) => scene.patch(old, { spec: { suspend: true } }),
    after: (old) => scene.patch(old, { spec: { suspend: false } }),
  },
  'a build that fails': {
    files: { 'old/broken.yaml': 'kind: [' },
    after: () => Promise.resolve(),
  },
  'a dependency that is not ready': {
    before: (old) => scene.patch(old, { spec: { dependsOn: [{ name: 'nobody' }] } }),
    after: (old) => scene.patch(old, { spec: { dependsOn: null } }),
  },
}

describe('an object that one commit moves to another Kustomization', () => {
  it.each(Object.keys(blocks))('keeps its UID while the old owner is blocked by: %s', async (block) => {
    const { before, files = {}, after } = blocks[block] ?? { after: () => Promise.resolve() }
    const id = block.replaceAll(/[^a-z]/g, '')
    const [name, older, newer] = [`moved-${id}`, `old-${id}`, `new-${id}`]
    const sourceRef = { kind: 'GitRepository', name: id } as const
    const rest = { 'old/own.yaml': configMap(`own-old-${id}`), 'new/own.yaml': configMap(`own-new-${id}`) }
    const first = await scene.publish({ ...rest, 'old/moved.yaml': configMap(name) }, { source: id })
    await scene.create(older, { sourceRef, path: './old' })
    await scene.create(newer, { sourceRef, path: './new' })
    for (const each of [older, newer]) await scene.untilReady(each, first)
    const ref = scene.object('ConfigMap', name)
    const { metadata } = await scene.client.get(ref)

    await before?.(older)
    const second = await scene.publish(
      { ...rest, ...files, 'new/moved.yaml': configMap(name, { at: 'second' }) },
      { source: id },
    )
    await scene.untilReady(newer, second)
    const moved = await scene.client.get(ref)
    expect(moved.metadata.uid).toBe(metadata.uid)
    expect(moved.metadata.labels?.['kustomize.toolkit.fluxcd.io/name']).toBe(newer)

    await after(older)
    const third = await scene.publish({ ...rest, 'new/moved.yaml': configMap(name, { at: 'second' }) }, { source: id })
    const old = await scene.untilReady(older, third)
    await scene.untilReady(newer, third)
    const left = await scene.client.get(ref)
    expect(left.metadata).toEqual(moved.metadata)
    expect(old.status?.inventory?.entries.map(({ id: entry }) => entry)).toEqual([
      `${scene.namespace}_own-old-${id}__ConfigMap`,
    ])
  })
})

/** Collects the versions of the ConfigMap, the present one first. */
async function watchVersions({
  namespace,
  name,
}: ObjectRef): Promise<{ seen: Set<string>; stop: () => Promise<void> }> {
  const informer = new Informer({
    client: scene.client,
    kind: { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
    ...(namespace === undefined ? {} : { namespace }),
    fieldSelector: `metadata.name=${name}`,
    log: silentLog,
    clock: systemClock,
    random: Math.random,
  })
  const seen = new Set<string>()
  informer.subscribe({ upsert: ({ metadata }) => void seen.add(metadata.resourceVersion ?? ''), remove: () => {} })
  const ending = new AbortController()
  const ended = informer.start(ending.signal)
  await informer.waitForSync(ending.signal)
  return {
    seen,
    stop: async () => {
      ending.abort()
      await ended
    },
  }
}

describe('an object that two Kustomizations list', () => {
  it('goes to whoever applied it last, once, and the other does not take it back before its interval', async () => {
    const files = (data: object) => ({
      'one/a.yaml': configMap('both', { by: 'one' }),
      'two/a.yaml': configMap('both', { by: 'two', ...data }),
      'three/a.yaml': configMap('beside'),
    })
    const revision = await scene.publish(files({}), { source: 'both' })
    const sourceRef = { kind: 'GitRepository', name: 'both' } as const
    for (const path of ['one', 'two', 'three']) {
      await scene.create(`both-${path}`, { sourceRef, path })
      await scene.untilReady(`both-${path}`, revision)
    }
    const ref = scene.object('ConfigMap', 'both')
    const before = await scene.client.get(ref)
    expect(before['data']).toEqual({ by: 'two' })
    const beside = scene.object('ConfigMap', 'beside')
    for (const fieldManager of ['kubectl-edit', 'kubectl-patch', 'kubectl-set']) {
      const body = { data: { key: fieldManager } }
      await scene.client.patch(beside, { type: 'merge', body, fieldManager })
      await scene.untilLive(beside, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
    }
    expect(await scene.client.get(ref)).toEqual(before)
    // and a hand edit is undone by the one whose object it is
    await scene.client.patch(ref, { type: 'merge', body: { data: { by: 'hand' } }, fieldManager: 'kubectl-edit' })
    await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"by":"two"}')
  })

  it('is written once by a run of either, and not in between', async () => {
    const files = {
      'one/a.yaml': configMap('fought', { by: 'one' }),
      'two/a.yaml': configMap('fought', { by: 'two' }),
      'three/a.yaml': configMap('unfought'),
    }
    const revision = await scene.publish(files, { source: 'fought' })
    const sourceRef = { kind: 'GitRepository', name: 'fought' } as const
    const owners = ['fought-one', 'fought-two']
    await scene.create('fought-three', { sourceRef, path: './three' })
    await scene.untilReady('fought-three', revision)
    for (const name of owners) {
      await scene.create(name, { sourceRef, path: `./${name.slice('fought-'.length)}` })
      await scene.untilReady(name, revision)
    }
    const ref = scene.object('ConfigMap', 'fought')
    const { metadata } = await scene.client.get(ref)
    const { seen, stop } = await watchVersions(ref)
    try {
      const rounds = 3
      for (let round = 0; round < rounds; round++)
        for (const name of owners) {
          await scene.reconcile(name)
          const live = await scene.client.get(ref)
          expect(live['data']).toEqual({ by: name.slice('fought-'.length) })
        }
      // by the time that an edit beside it is undone, answers to the last write would have been given, too
      const beside = scene.object('ConfigMap', 'unfought')
      await scene.client.patch(beside, { type: 'merge', body: { data: { key: 'hand' } }, fieldManager: 'kubectl-edit' })
      await scene.untilLive(beside, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
      const last = await scene.client.get(ref)
      await eventually(() => expect(seen).toContain(last.metadata.resourceVersion))
      expect(seen.size).toBe(1 + rounds * owners.length)
      expect(last.metadata.uid).toBe(metadata.uid)
    } finally {
      await stop()
    }
  })

  it('stays when the one whose it is no longer is deleted', async () => {
    const first = await scene.publish(
      { 'one/a.yaml': configMap('left'), 'one/b.yaml': configMap('taken-along'), 'two/a.yaml': configMap('left') },
      { source: 'left' },
    )
    const sourceRef = { kind: 'GitRepository', name: 'left' } as const
    for (const path of ['one', 'two']) {
      await scene.create(`left-${path}`, { sourceRef, path: `./${path}` })
      await scene.untilReady(`left-${path}`, first)
    }
    const before = await scene.client.get(scene.object('ConfigMap', 'left'))
    await scene.delete('left-one')
    await scene.untilGone(scene.ref('left-one'))
    await scene.untilGone(scene.object('ConfigMap', 'taken-along'))
    expect(await scene.client.get(scene.object('ConfigMap', 'left'))).toEqual(before)
  })

  it('goes to the other one at once when its owner is deleted, and is pruned by that later', async () => {
    const all = {
      'one/a.yaml': configMap('heirloom'),
      'one/b.yaml': configMap('own'),
      'two/a.yaml': configMap('heirloom'),
    }
    const first = await scene.publish(all, { source: 'heirs' })
    const sourceRef = { kind: 'GitRepository', name: 'heirs' } as const
    for (const path of ['one', 'two']) {
      await scene.create(`heir-${path}`, { sourceRef, path: `./${path}` })
      await scene.untilReady(`heir-${path}`, first)
    }
    const ref = scene.object('ConfigMap', 'heirloom')
    const before = await scene.client.get(ref)
    const ownerOf = ({ metadata }: KubeObject): string | undefined =>
      metadata.labels?.['kustomize.toolkit.fluxcd.io/name']
    expect(ownerOf(before)).toBe('heir-two')
    await scene.delete('heir-two')
    await scene.untilGone(scene.ref('heir-two'))
    const after = await scene.untilLive(ref, (live) => ownerOf(live) === 'heir-one')
    expect(after.metadata.uid).toBe(before.metadata.uid)
    const { 'one/a.yaml': _dropped, ...rest } = all
    await scene.untilReady('heir-one', await scene.publish(rest, { source: 'heirs' }))
    await scene.untilGone(ref)
  })

  it('goes with both when both are deleted', async () => {
    const files = { 'one/a.yaml': configMap('doomed'), 'two/a.yaml': configMap('doomed') }
    const first = await scene.publish(files, { source: 'doomed' })
    const sourceRef = { kind: 'GitRepository', name: 'doomed' } as const
    for (const path of ['one', 'two']) {
      await scene.create(`doomed-${path}`, { sourceRef, path: `./${path}` })
      await scene.untilReady(`doomed-${path}`, first)
    }
    // each of them is seen to go when the other is
    await scene.stopController()
    for (const path of ['one', 'two']) await scene.delete(`doomed-${path}`)
    scene.startController()
    for (const path of ['one', 'two']) await scene.untilGone(scene.ref(`doomed-${path}`))
    await expect(scene.untilGone(scene.object('ConfigMap', 'doomed'))).resolves.toBeUndefined()
  })

  it('goes with an heir that is deleted before it could apply it', async () => {
    const all = { 'one/a.yaml': configMap('stranded'), 'two/a.yaml': configMap('stranded') }
    const first = await scene.publish(all, { source: 'stranded' })
    const sourceRef = { kind: 'GitRepository', name: 'stranded' } as const
    for (const path of ['one', 'two']) {
      await scene.create(`stranded-${path}`, { sourceRef, path: `./${path}` })
      await scene.untilReady(`stranded-${path}`, first)
    }
    // the heir lists the object and cannot apply it any more
    await scene.publish({ ...all, 'one/broken.yaml': 'kind: [' }, { source: 'stranded' })
    await scene.untilFailed('stranded-one', 'BuildFailed')
    const ref = scene.object('ConfigMap', 'stranded')
    await scene.delete('stranded-two')
    await scene.untilGone(scene.ref('stranded-two'))
    const { metadata } = await scene.client.get(ref)
    expect(metadata.labels?.['kustomize.toolkit.fluxcd.io/name']).toBe('stranded-two')
    await scene.delete('stranded-one')
    await scene.untilGone(scene.ref('stranded-one'))
    await expect(scene.untilGone(ref)).resolves.toBeUndefined()
  })

  it('is not pruned by the one that drops it', async () => {
    const all = {
      'one/a.yaml': configMap('shared'),
      'one/b.yaml': configMap('rest'),
      'two/a.yaml': configMap('shared'),
    }
    const first = await scene.publish(all, { source: 'shared' })
    const sourceRef = { kind: 'GitRepository', name: 'shared' } as const
    await scene.create('shared-two', { sourceRef, path: './two' })
    await scene.untilReady('shared-two', first)
    await scene.create('shared-one', { sourceRef, path: './one' })
    await scene.untilReady('shared-one', first)
    const { metadata } = await scene.client.get(scene.object('ConfigMap', 'shared'))
    expect(metadata.labels?.['kustomize.toolkit.fluxcd.io/name']).toBe('shared-one')
    const { 'one/a.yaml': _dropped, ...rest } = all
    const second = await scene.publish(rest, { source: 'shared' })
    for (const name of ['shared-one', 'shared-two']) await scene.untilReady(name, second)
    const left = await scene.client.get(scene.object('ConfigMap', 'shared'))
    expect(left.metadata.uid).toBe(metadata.uid)
    expect(left.metadata.deletionTimestamp).toBeUndefined()
  })
})
