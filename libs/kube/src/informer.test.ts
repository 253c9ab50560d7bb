// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { configMap, frame } from '../test/fake-api-server.ts'
import { InformerScene } from '../test/informer-scene.ts'
import { Informer } from './informer.ts'

let scene: InformerScene
beforeEach(async () => void (scene = await InformerScene.start()))
afterEach(() => scene[Symbol.asyncDispose]())

describe('Informer', () => {
  it('lists, then follows from the version of the list', async () => {
    const { informer, changes } = scene.follow()
    await informer.synced
    expect(informer.hasSynced()).toBe(true)
    const { request, response } = await scene.watchNumber(0)
    expect(request.query.get('resourceVersion')).toBe('5')
    expect(request.query.get('allowWatchBookmarks')).toBe('true')
    const seconds = Number(request.query.get('timeoutSeconds'))
    expect(seconds).toBeGreaterThanOrEqual(300)
    expect(seconds).toBeLessThanOrEqual(600)
    response.write(
      frame('MODIFIED', configMap('a', '6')) +
        frame('ADDED', configMap('c', '7')) +
        frame('DELETED', configMap('b', '8')),
    )
    await eventually(() => expect(changes).toEqual(['+a@1', '+b@2', 'a@1>a@6', '+c@7', '-b@8']))
    expect([...informer.list()].map(({ metadata }) => metadata.name)).toEqual(['a', 'c'])
    expect(informer.state).toEqual({ phase: 'watching' })
  })

  it('gives out frozen objects without managedFields, or what the projection keeps', async () => {
    const { informer } = scene.follow()
    await informer.synced
    const obj = informer.get({ namespace: 'ns', name: 'a' })
    expect(obj?.metadata).not.toHaveProperty('managedFields')
    expect(Object.isFrozen(obj?.metadata)).toBe(true)
    const names = scene.follow<{ only: string }>({ project: (each) => ({ only: each.metadata.name }) })
    await names.informer.synced
    expect([...names.informer.list()]).toEqual([{ only: 'a' }, { only: 'b' }])
  })

  it('asks for metadata alone and keeps its managedFields', async () => {
    const { informer } = scene.follow({ metadataOnly: true, labelSelector: 'x=y', namespace: 'ns' })
    await informer.synced
    const { request } = await scene.watchNumber(0)
    expect(request.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
    expect(request.path).toBe('/api/v1/namespaces/ns/configmaps')
    expect(request.query.get('labelSelector')).toBe('x=y')
    expect(scene.lists[0]?.headers.accept).toContain('as=PartialObjectMetadataList')
    const obj = informer.get({ namespace: 'ns', name: 'a' })
    expect(obj).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { managedFields: [{ manager: 'm' }] } })
  })

  it('replays the cache to a late subscriber and survives a handler that throws', async () => {
    const { informer } = scene.follow()
    await informer.synced
    const seen: string[] = []
    const end = informer.subscribe({
      upsert: (now) => {
        seen.push(now.metadata.name)
        throw new Error('a bug')
      },
    })
    expect(seen).toEqual(['a', 'b'])
    const { response } = await scene.watchNumber(0)
    response.write(frame('ADDED', configMap('c', '6')))
    await eventually(() => expect(seen).toEqual(['a', 'b', 'c']))
    expect(scene.logged).toEqual(Array.from({ length: 3 }, () => 'an informer handler threw'))
    end()
    response.write(frame('ADDED', configMap('d', '7')))
    await eventually(() => expect(informer.size).toBe(4))
    expect(seen).toHaveLength(3)
  })

  it('keeps indexes', async () => {
    const { informer } = scene.follow()
    informer.addIndex('data', (obj) => Object.keys((obj['data'] as object | undefined) ?? {}))
    await informer.synced
    const { response } = await scene.watchNumber(0)
    response.write(
      frame('MODIFIED', configMap('a', '6', { k: '1', l: '1' })) + frame('MODIFIED', configMap('b', '7', { k: '1' })),
    )
    await eventually(() => expect(informer.byIndex('data', 'k')).toHaveLength(2))
    response.write(frame('MODIFIED', configMap('a', '8', { l: '1' })))
    await eventually(() => expect(informer.byIndex('data', 'k').map(({ metadata }) => metadata.name)).toEqual(['b']))
    expect(informer.byIndex('data', 'l').map(({ metadata }) => metadata.name)).toEqual(['a'])
    expect(() => informer.byIndex('nothing', 'k')).toThrow("there is no index 'nothing'")
    expect(() => informer.addIndex('data', () => [])).toThrow('exists already')
  })

  it('cannot be started twice', async () => {
    const { informer } = scene.follow()
    await expect(informer.start(scene.stop.signal)).rejects.toThrow('started before')
  })

  it('stops at the signal', async () => {
    const informer = new Informer({ client: scene.client, kind: scene.kind })
    const running = informer.start(scene.stop.signal)
    await scene.watchNumber(0)
    scene.stop.abort(new Error('over'))
    await running
    expect(informer.state).toEqual({ phase: 'stopped' })
    await expect(informer.waitForSync(AbortSignal.timeout(0))).resolves.toBeUndefined()
  })
})
