// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { LetterIndex } from './letter-index.ts'

function add(index: LetterIndex, place: string, count: number, length = 100): void {
  const [namespace = '', uid = ''] = place.split('/')
  for (let each = 0; each < count; each++) index.add({ namespace, uid }, `${uid}-${each}`, length)
}

it('counts blocks of the disk', () => {
  const index = new LetterIndex()
  add(index, 'a/1', 2, 4097)
  add(index, 'a/1', 1, 1)
  expect(index.stats).toEqual({ letters: 2, bytes: 3 * 4096 })
  index.remove('1', '1-0')
  index.remove('1', '1-1')
  index.remove('1', '1-1')
  expect(index.stats).toEqual({ letters: 0, bytes: 0 })
  expect([...index.shelves]).toEqual([])
})

it('names the oldest, whatever the order in which it heard of them', () => {
  const index = new LetterIndex()
  for (const name of ['3', '1', '2']) index.add({ namespace: 'a', uid: '1' }, name, 1)
  expect(index.names('1')).toEqual(['1', '2', '3'])
  expect(index.nextToGo()?.name).toBe('1')
})

it('takes from the Provider with the most of the namespace with the most, however many Providers that has made', () => {
  const index = new LetterIndex()
  expect(index.nextToGo()).toBeUndefined()
  add(index, 'quiet/q', 5)
  for (let each = 0; each < 10; each++) add(index, `loud/l${each}`, each === 4 ? 2 : 1)
  expect(index.nextToGo()).toMatchObject({ shelf: { uid: 'l4' }, name: 'l4-0' })
})
