// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import type { EventRecord } from './record.ts'
import { Spool } from './spool.ts'
import type { CorruptReport, OverflowReport, SpoolOptions } from './spool-types.ts'

let directory: string
const overflows: OverflowReport[] = []
const corrupts: CorruptReport[] = []
const faults: Error[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-spool-'))
  for (const list of [overflows, corrupts, faults]) list.length = 0
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function open(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  return Spool.open({
    directory,
    maxBytes: 1 << 20,
    onOverflow: (report) => overflows.push(report),
    onCorrupt: (report) => corrupts.push(report),
    onFault: (error) => faults.push(error),
    ...options,
  })
}

function event(message: string, uid: string = 'uid-1'): FluxEvent {
  return {
    involvedObject: { kind: 'Kustomization', namespace: 'apps', name: 'shop', uid },
    severity: 'info',
    timestamp: '2026-01-01T00:00:00Z',
    message,
    reason: 'Progressing',
    reportingController: 'kustomize-controller',
  }
}

const record = (id: string, extra: Partial<EventRecord> = {}): EventRecord => ({ id, event: event(id), ...extra })

async function ids(spool: Spool): Promise<string[]> {
  return (await spool.read(0, 1000)).records.map(({ id }) => id)
}

describe('Spool', () => {
  it('hands out what was put only after its release, in the order of release', async () => {
    const spool = await open()
    const [a = 0] = await spool.put([record('a')])
    const [b = 0] = await spool.put([record('b')])
    expect(await ids(spool)).toEqual([])
    spool.release([b])
    spool.release([a])
    expect(await ids(spool)).toEqual(['b', 'a'])
    await spool.close()
  })
  it('keeps what was put and not removed for the next process, unreleased records included', async () => {
    const first = await open()
    const [a = 0] = await first.put([record('a')])
    await first.put([record('b')])
    first.release([a])
    first.remove(a)
    await first.close()
    const second = await open()
    expect(await ids(second)).toEqual(['b'])
    await second.close()
  })
  it('goes on counting after a restart and keeps the order over both', async () => {
    const first = await open()
    await first.put([record('a'), record('b')])
    await first.close()
    const second = await open()
    second.release(await second.put([record('c')]))
    expect(await ids(second)).toEqual(['a', 'b', 'c'])
    await second.close()
  })
  it('shares one file and one fsync among puts of the same moment', async () => {
    const spool = await open()
    await Promise.all(Array.from({ length: 100 }, (_, index) => spool.put([record(`e${index}`)])))
    expect((await readdir(directory)).length).toBeLessThan(5)
    expect(spool.stats()).toMatchObject({ records: 100 })
    await spool.close()
  })
  it('removes a file when its last record is removed', async () => {
    const spool = await open()
    const sequences = await spool.put([record('a'), record('b')])
    spool.release(sequences)
    spool.remove(sequences[0] ?? 0)
    await spool.close()
    expect(await readdir(directory)).toHaveLength(1)
    const again = await open()
    for (const { sequence } of (await again.read(0, 10)).records) again.remove(sequence)
    await again.close()
    expect(await readdir(directory)).toEqual([])
  })
  it('ignores and removes the rest of a write that was cut short', async () => {
    await writeFile(join(directory, '0000000000000009-00000000.jsonl.tmp'), '{"id":"half')
    const spool = await open()
    expect(await ids(spool)).toEqual([])
    expect(await readdir(directory)).toEqual([])
    await spool.close()
  })
  it('reads positions onwards and skips what was removed meanwhile', async () => {
    const spool = await open()
    const sequences = await spool.put(['a', 'b', 'c', 'd'].map((id) => record(id)))
    spool.release(sequences)
    const first = await spool.read(0, 2)
    spool.remove(sequences[2] ?? 0)
    const second = await spool.read(first.position, 2)
    expect([first, second].map(({ records }) => records.map(({ id }) => id))).toEqual([['a', 'b'], ['d']])
    await spool.close()
  })
})

describe('Spool under damage', () => {
  it('salvages the good records of a damaged file, sets it aside and reports it', async () => {
    const spool = await open()
    await spool.put([record('a'), record('b')])
    await spool.close()
    const [name = ''] = await readdir(directory)
    const text = await readFile(join(directory, name), 'utf8')
    await writeFile(join(directory, name), text.replace('"id":"b"', '"id":"b'))
    const again = await open()
    expect(await ids(again)).toEqual(['a'])
    expect(corrupts).toEqual([{ file: name, problem: 'line 2 is not a record', salvaged: 1 }])
    expect(again.stats().corrupt).toBe(1)
    await again.close()
    expect((await readdir(directory)).filter((each) => each.endsWith('.corrupt'))).toHaveLength(1)
    const third = await open()
    expect(await ids(third)).toEqual(['a'])
    expect(corrupts).toHaveLength(1)
    await third.close()
  })
  it('notices a file that is cut at a line', async () => {
    const spool = await open()
    await spool.put([record('a'), record('b')])
    await spool.close()
    const [name = ''] = await readdir(directory)
    const lines = (await readFile(join(directory, name), 'utf8')).split('\n')
    await writeFile(join(directory, name), `${lines[0]}\n`)
    const again = await open()
    expect(await ids(again)).toEqual(['a'])
    expect(corrupts[0]?.problem).toBe('the end is missing')
    await again.close()
  })
  it('keeps no more than ten damaged files', async () => {
    for (let round = 0; round < 13; round++) {
      await writeFile(join(directory, `${String(round).padStart(16, '0')}-0000000a.jsonl`), 'nonsense')
      await (await open()).close()
    }
    expect(await readdir(directory)).toHaveLength(10)
  })
  it('holds events in memory when the disk refuses, says so, and still delivers them', async () => {
    const spool = await open({ token: () => 'taken000' })
    await mkdir(join(directory, '0000000000000001-taken000.jsonl.tmp'))
    spool.release(await spool.put([record('a')]))
    expect(faults).toHaveLength(1)
    expect(spool.stats()).toMatchObject({ faults: 1, records: 1 })
    expect(await ids(spool)).toEqual(['a'])
    await spool.close()
  })
  it('names a directory that cannot be used', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    await expect(open({ directory: join(file, 'spool') })).rejects.toMatchObject({ code: 'SpoolUnusable' })
  })
})

describe('Spool bounds', () => {
  it('drops the oldest records over the byte bound, counts and reports them', async () => {
    const spool = await open({ maxBytes: 4000 })
    for (let index = 0; index < 20; index++) spool.release(await spool.put([record(`event-${index}`)]))
    const left = await ids(spool)
    expect(left.at(-1)).toBe('event-19')
    expect(left.length).toBeLessThan(20)
    expect(spool.stats().bytes).toBeLessThanOrEqual(4000)
    expect(overflows.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(20 - left.length)
    expect(overflows.flatMap((report) => report.ids)[0]).toBe('event-0')
    expect(spool.stats().dropped).toBe(20 - left.length)
    await spool.close()
  })
  it('bounds the number of records', async () => {
    const spool = await open({ maxRecords: 3 })
    for (let index = 0; index < 6; index++) spool.release(await spool.put([record(`e${index}`)]))
    expect(await ids(spool)).toEqual(['e3', 'e4', 'e5'])
    expect(overflows.every(({ reason }) => reason === 'records')).toBe(true)
    await spool.close()
  })
  it('refuses new records instead, where it shall, until there is room', async () => {
    const spool = await open({ maxRecords: 2, whenFull: 'refuse' })
    const sequences: number[] = []
    for (const id of ['a', 'b', 'c']) sequences.push(...(await spool.put([record(id)])))
    await expect(spool.put([record('d')])).rejects.toMatchObject({ code: 'SpoolFull' })
    spool.remove(sequences[0] ?? 0)
    spool.release(await spool.put([record('d')]))
    expect(await ids(spool)).toEqual(['d'])
    expect(overflows).toEqual([])
    await spool.close()
  })
  it('refuses a record that could never fit', async () => {
    const spool = await open({ maxBytes: 1000 })
    await expect(spool.put([{ id: 'big', event: event('x'.repeat(900)) }])).rejects.toMatchObject({
      code: 'RecordTooLarge',
    })
    await spool.close()
  })
  it('reads records back from disk when more is waiting than is kept in memory', async () => {
    const spool = await open({ maxBytes: 64 << 20 })
    const long = 'm'.repeat(30_000)
    for (let index = 0; index < 200; index++)
      spool.release(await spool.put([{ id: `e${index}`, event: event(`${index} ${long}`) }]))
    const { records } = await spool.read(0, 1000)
    expect(records.map(({ event: { message } }) => message.split(' ')[0])).toEqual(
      records.map((_, index) => `${index}`),
    )
    expect(records).toHaveLength(200)
    await spool.close()
  })
})

describe('Spool continuation', () => {
  it('knows the transition of a run that was cut short in exactly that version', async () => {
    const first = await open()
    await first.put([record('a', { transition: '7/x/1', base: '7' })])
    await first.close()
    const second = await open()
    expect(second.continuation('uid-1', '7')).toBe('7/x/1')
    expect(second.continuation('uid-1', '8')).toBeUndefined()
    expect(second.continuation('uid-2', '7')).toBeUndefined()
    await second.close()
  })
  it('lets only one run go on with it: the next one in that version has events of its own', async () => {
    const first = await open()
    await first.put([record('a', { transition: '7/x/1', base: '7' })])
    await first.close()
    const second = await open()
    expect(second.continuation('uid-1', '7')).toBe('7/x/1')
    expect(second.continuation('uid-1', '7')).toBeUndefined()
    await second.close()
  })
  it('hands out a record in the place of those that it replaces, also when the process died before it took them out', async () => {
    const first = await open()
    const [a = 0] = await first.put([record('a')])
    const [b = 0] = await first.put([record('b'), record('c')])
    await first.put([record('b', { replaces: [a, b] })])
    await first.close()
    const second = await open()
    expect(await ids(second)).toEqual(['c', 'b'])
    expect(second.stats().records).toBe(2)
    await second.close()
  })
  it('does not store a second time what an earlier process left', async () => {
    const first = await open()
    await first.put([record('a')])
    await first.close()
    const second = await open()
    expect(await second.put([record('a'), record('b')])).toHaveLength(1)
    expect(second.stats().records).toBe(2)
    await second.close()
  })
})
