// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FakeClock, eventually } from '@tidelock/testkit'
import { bookmark, configMap, frame, sendJson, sendStatus } from '../test/fake-api-server.ts'
import { InformerScene } from '../test/informer-scene.ts'

let scene: InformerScene
beforeEach(async () => void (scene = await InformerScene.start()))
afterEach(() => scene[Symbol.asyncDispose]())

describe('a watch that ends', () => {
  it('goes on at once from the last event or bookmark, without a list', async () => {
    const { informer, changes } = scene.follow()
    const first = await scene.watchNumber(0)
    first.response.end(frame('MODIFIED', configMap('a', '6')))
    const second = await scene.watchNumber(1)
    expect(second.request.query.get('resourceVersion')).toBe('6')
    second.response.end(bookmark('90'))
    const third = await scene.watchNumber(2)
    expect(third.request.query.get('resourceVersion')).toBe('90')
    third.response.write(frame('ADDED', configMap('c', '91')))
    await eventually(() => expect(changes.at(-1)).toBe('+c@91'))
    expect(scene.lists).toHaveLength(1)
    expect(informer.stats).toMatchObject({ lists: 1, failures: 0, bookmarks: 1 })
  })

  it('loses nothing when it is cut after any byte', async () => {
    const { changes } = scene.follow()
    await scene.watchNumber(0)
    const text = frame('MODIFIED', configMap('a', '6', { t: 'ü😀' }))
    const bytes = Buffer.from(text)
    for (let cut = 0; cut < bytes.length; cut += 23) {
      const { request, response } = await scene.watchNumber(scene.watches.length - 1)
      expect(request.query.get('resourceVersion')).toBe('5')
      const open = scene.watches.length
      response.write(bytes.subarray(0, cut), () => response.destroy())
      await scene.watchNumber(open)
    }
    scene.watches.at(-1)?.response.write(bytes)
    await eventually(() => expect(changes).toEqual(['+a@1', '+b@2', 'a@1>a@6']))
    expect(scene.lists).toHaveLength(1)
  })

  it('reads a stream that comes byte by byte', async () => {
    const { informer } = scene.follow()
    const { response } = await scene.watchNumber(0)
    for (const byte of Buffer.from(frame('ADDED', configMap('c', '6', { t: 'ü😀' })))) {
      await new Promise<void>((resolve) => response.write(Buffer.from([byte]), () => resolve()))
    }
    await eventually(() => expect(informer.get({ namespace: 'ns', name: 'c' })).toMatchObject({ data: { t: 'ü😀' } }))
  })

  it('is not hammered when it ends at once without a word', async () => {
    scene.refuse = (request, response) => {
      if (request.query.get('resourceVersion') !== '5') return false
      response.writeHead(200).end()
      return true
    }
    const { informer } = scene.follow({ backoffMs: { min: 200, max: 60_000 } })
    await eventually(() => expect(informer.stats.failures).toBeGreaterThanOrEqual(2))
    expect(informer.stats.watches).toBeLessThan(20)
    expect(scene.lists).toHaveLength(1)
  })

  it('is replaced when nothing comes for too long', async () => {
    const { informer } = scene.follow({ idleMs: 50 })
    await scene.watchNumber(2)
    expect(informer.stats.lists).toBe(1)
    expect(informer.hasSynced()).toBe(true)
  })
})

describe('a version that is gone', () => {
  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
  const future = { kind: 'Status', code: 504, reason: 'Timeout', message: 'Too large resource version: 5, current: 3' }
  it.each([
    ['410 in the stream', expired],
    ['a future version in the stream', future],
  ])('%s: lists again and shows only the difference', async (_name, status) => {
    scene.content.push({ items: [configMap('b', '2'), configMap('c', '9')], resourceVersion: '10' })
    const { changes, informer } = scene.follow()
    const first = await scene.watchNumber(0)
    first.response.end(frame('ERROR', status))
    const second = await scene.watchNumber(1)
    expect(second.request.query.get('resourceVersion')).toBe('10')
    expect(changes).toEqual(['+a@1', '+b@2', '-a@1', '+c@9'])
    expect(informer.stats).toMatchObject({ lists: 2, failures: 1 })
  })
  it('410 as the answer: lists again', async () => {
    let refused = 0
    scene.refuse = (request, response) => {
      if (request.query.get('resourceVersion') !== '5' || refused++ > 0) return false
      sendStatus(response, 410, 'Expired')
      return true
    }
    scene.follow()
    await scene.watchNumber(0)
    expect(scene.lists).toHaveLength(2)
  })
  it('any other error in the stream: goes on from the same version', async () => {
    scene.follow()
    const { response } = await scene.watchNumber(0)
    response.end(
      frame('ERROR', {
        kind: 'Status',
        code: 500,
        reason: 'InternalError',
        message: 'etcd event received with PrevKv=nil',
      }),
    )
    const second = await scene.watchNumber(1)
    expect(second.request.query.get('resourceVersion')).toBe('5')
    expect(scene.lists).toHaveLength(1)
  })
  it('a paged list that expires is read in one piece', async () => {
    let pages = 0
    scene.refuse = (request, response) => {
      if (request.query.has('watch') || !request.query.has('limit')) return false
      pages += 1
      if (request.query.has('continue')) sendStatus(response, 410, 'Expired')
      else
        sendJson(response, 200, { metadata: { resourceVersion: '5', continue: 'more' }, items: [configMap('a', '1')] })
      return true
    }
    const { informer, changes } = scene.follow({ pageSize: 1 })
    await informer.synced
    expect(pages).toBe(2)
    expect(changes).toEqual(['+a@1', '+b@2'])
    expect(scene.lists[0]?.query.has('limit')).toBe(false)
  })
})

describe('frames that cannot be read', () => {
  it('are reported and read again; a list brings what never comes whole', async () => {
    const { informer, changes } = scene.follow()
    const first = await scene.watchNumber(0)
    first.response.write('{"type":"MODIFIED","object":{broken\n')
    const second = await scene.watchNumber(1)
    expect(second.request.query.get('resourceVersion')).toBe('5')
    expect(informer.stats.decodeErrors).toBe(1)
    scene.content.push({ items: [configMap('a', '6')], resourceVersion: '7' })
    scene.content.shift()
    second.response.write(frame('SURPRISE', configMap('a', '6')))
    await scene.watchNumber(2)
    expect(informer.stats).toMatchObject({ decodeErrors: 2, lists: 2 })
    expect(scene.logged).toEqual(['cannot read a watch event', 'cannot read a watch event'])
    expect(changes).toContain('a@1>a@6')
  })
  it('show as failing when the projection throws', async () => {
    const phases: string[] = []
    const { informer } = scene.follow({
      project: (obj) => {
        if (obj.metadata.name === 'c') throw new Error('a bug')
        return obj
      },
    })
    informer.onState(({ phase }) => phases.push(phase))
    const { response } = await scene.watchNumber(0)
    response.write(frame('ADDED', configMap('c', '6')))
    await scene.watchNumber(1)
    expect(phases).toContain('failing')
    expect(scene.logged).toContain('cannot read a watch event')
  })
})

describe('a server that refuses', () => {
  it('shows Forbidden as a state, tries again, and recovers', async () => {
    let forbidden = true
    scene.refuse = (_request, response) => {
      if (!forbidden) return false
      sendStatus(response, 403, 'Forbidden')
      return true
    }
    const { informer } = scene.follow()
    const states: string[] = []
    informer.onState((state) => states.push(state.phase === 'failing' ? state.error.code : state.phase))
    await eventually(() => expect(states.length).toBeGreaterThan(3))
    expect(new Set(states)).toEqual(new Set(['Forbidden']))
    expect(informer.hasSynced()).toBe(false)
    forbidden = false
    await informer.synced
    await eventually(() => expect(informer.state).toEqual({ phase: 'watching' }))
  })
  it('keeps its content while a watch is refused', async () => {
    let forbidden = false
    scene.refuse = (_request, response) => {
      if (forbidden) sendStatus(response, 403, 'Forbidden')
      return forbidden
    }
    const { informer } = scene.follow()
    const { response } = await scene.watchNumber(0)
    forbidden = true
    response.end()
    await eventually(() => expect(informer.state).toMatchObject({ phase: 'failing', error: { code: 'Forbidden' } }))
    expect(informer.size).toBe(2)
  })
  it('waits as long as 429 asks', async () => {
    const clock = new FakeClock()
    let asked = 0
    scene.refuse = (request, response) => {
      if (!request.query.has('watch') || request.query.has('sendInitialEvents')) return false
      asked += 1
      if (asked > 1) return false
      response.setHeader('retry-after', '3600')
      sendStatus(response, 429, 'TooManyRequests')
      return true
    }
    const { informer } = scene.follow({ clock })
    await eventually(() => expect(informer.state.phase).toBe('failing'))
    const { state } = informer
    expect(state).toMatchObject({ error: { code: 'TooManyRequests' }, sinceMs: clock.now() })
    expect(state.phase === 'failing' ? state.retryAtMs - clock.now() : 0).toBeGreaterThanOrEqual(3_600_000)
    await clock.advance(3_599_999)
    expect(asked).toBe(1)
    await clock.advance(3_600_000)
    await scene.watchNumber(0)
    expect(asked).toBe(2)
    expect(scene.lists).toHaveLength(1)
  })
})

describe('a streamed list', () => {
  beforeEach(() => {
    scene.streaming = 'served'
  })
  it('is asked for first and becomes visible whole, with what changed on the way', async () => {
    const { informer, changes } = scene.follow()
    const { request, response } = await scene.watchNumber(0)
    expect(request.query.get('resourceVersionMatch')).toBe('NotOlderThan')
    expect(request.query.has('resourceVersion')).toBe(false)
    response.write(frame('ADDED', configMap('a', '1')) + frame('ADDED', configMap('b', '2')))
    response.write(frame('MODIFIED', configMap('a', '3')) + frame('DELETED', configMap('b', '4')))
    await eventually(() => expect(informer.stats.events).toBe(4))
    expect(informer.size).toBe(0)
    response.write(bookmark('5', true) + frame('ADDED', configMap('c', '6')))
    await informer.synced
    await eventually(() => expect(changes).toEqual(['+a@3', '+c@6']))
    response.end()
    const second = await scene.watchNumber(1)
    expect(second.request.query.get('resourceVersion')).toBe('6')
    expect(scene.lists).toHaveLength(0)
  })
  it('begins again when it is cut before its end', async () => {
    const { informer, changes } = scene.follow()
    const first = await scene.watchNumber(0)
    first.response.write(frame('ADDED', configMap('gone', '1')), () => first.response.destroy())
    const second = await scene.watchNumber(1)
    expect(second.request.query.get('sendInitialEvents')).toBe('true')
    second.response.write(frame('ADDED', configMap('a', '1')) + bookmark('5', true))
    await informer.synced
    expect(changes).toEqual(['+a@1'])
  })
  it('gives way to pages where a server takes no notice of the question', async () => {
    const { informer } = scene.follow()
    const { response } = await scene.watchNumber(0)
    response.write(frame('ADDED', configMap('a', '1')) + bookmark('3'))
    await informer.synced
    expect(scene.lists).toHaveLength(1)
    const later = scene.follow()
    await later.informer.synced
    expect(scene.watches.filter(({ request }) => request.query.has('sendInitialEvents'))).toHaveLength(1)
  })
})
