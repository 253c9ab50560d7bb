// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@jest/globals'
import { cacheKey, TokenCache } from './token-cache.ts'
import type { TokenCacheObserver, TokenUser } from './token-cache.ts'

const hourMs = 3_600_000
const user: TokenUser = { kind: 'Kustomization', name: 'app', namespace: 'apps', operation: 'fetch_kubeconfig' }

function setUp(options: { maxSize?: number; maxDurationMs?: number } = {}) {
  const time = { now: 1_000_000 }
  const seen: string[] = []
  const observer: TokenCacheObserver = {
    event: (type, { operation }) => void seen.push(`${type} ${operation}`),
    request: (status) => void seen.push(status),
    eviction: () => void seen.push('eviction'),
    items: (count) => void seen.push(`items ${count}`),
  }
  const cache = new TokenCache({ maxSize: 10, maxDurationMs: hourMs, now: () => time.now, observer, ...options })
  let created = 0
  const get = (key: string, lifeMs = hourMs): Promise<{ id: number; expiresAtMs: number }> =>
    cache.get(key, async () => ({ id: ++created, expiresAtMs: time.now + lifeMs }), {
      user,
      signal: AbortSignal.any([]),
    })
  return { cache, time, seen, get, created: () => created }
}

test('a token is handed out until four fifths of its life have passed', async () => {
  const { get, time } = setUp()
  expect((await get('a')).id).toBe(1)
  time.now += 0.8 * hourMs - 1
  expect((await get('a')).id).toBe(1)
  time.now += 1
  expect((await get('a')).id).toBe(2)
})

test('no token is kept for longer than the longest time', async () => {
  const { get, time } = setUp({ maxDurationMs: 60_000 })
  await get('a')
  time.now += 60_000
  expect((await get('a')).id).toBe(2)
})

test('a token that has expired on arrival is not kept, and a size of 0 keeps nothing', async () => {
  const { get } = setUp()
  await get('a', -1)
  expect((await get('a')).id).toBe(2)
  const none = setUp({ maxSize: 0 })
  await none.get('a')
  expect((await none.get('a')).id).toBe(2)
})

test('the token that was not used for longest leaves first', async () => {
  const { get, seen } = setUp({ maxSize: 2 })
  await get('a')
  await get('b')
  await get('a')
  await get('c')
  expect(seen).toContain('eviction')
  expect((await get('a')).id).toBe(1)
  expect((await get('b')).id).toBe(4)
})

test('callers at the same time share one request, and a failure is not kept', async () => {
  const { cache, created, get } = setUp()
  const [one, two] = await Promise.all([get('a'), get('a')])
  expect(one).toBe(two)
  expect(created()).toBe(1)
  const signal = new AbortController().signal
  const fail = (): Promise<never> => Promise.reject(new Error('refused'))
  await expect(Promise.all([cache.get('x', fail, { signal }), cache.get('x', fail, { signal })])).rejects.toThrow(
    'refused',
  )
  expect((await get('x')).id).toBe(2)
})

test('who waits stops at its own signal, and goes on alone when the first was aborted', async () => {
  const { cache, time } = setUp()
  const first = new AbortController()
  const impatient = new AbortController()
  const started = cache.get(
    'a',
    () => new Promise<never>((_, reject) => first.signal.addEventListener('abort', () => reject(new Error('ended')))),
    { signal: first.signal },
  )
  const stopped = cache.get('a', () => Promise.reject(new Error('never asked')), { signal: impatient.signal })
  const patient = cache.get('a', async () => ({ id: 7, expiresAtMs: time.now + hourMs }), {
    signal: new AbortController().signal,
  })
  impatient.abort(new Error('no more time'))
  await expect(stopped).rejects.toThrow('no more time')
  first.abort()
  await expect(started).rejects.toThrow('ended')
  expect(await patient).toMatchObject({ id: 7 })
})

test('the observer sees hits, misses, requests and the count', async () => {
  const { get, seen } = setUp()
  await get('a')
  await get('a')
  expect(seen).toEqual(['cache_miss fetch_kubeconfig', 'success', 'items 1', 'cache_hit fetch_kubeconfig'])
})

test('different parts never give the same key', () => {
  expect(cacheKey({ a: 'x\ny' })).not.toBe(cacheKey({ a: 'x', b: 'y' }))
  expect(cacheKey({ a: ['x', 'y'] })).not.toBe(cacheKey({ a: 'x,y' }))
  expect(cacheKey({ a: 'x', b: undefined })).toBe(cacheKey({ a: 'x' }))
})
