// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { freshAddresses, usualAddresses } from './addresses.ts'
import { claimDataDir, makeDataDir } from './claim.ts'
import { dataPaths, defaultCacheDir, defaultDataDir } from './paths.ts'
import type { DataPaths } from './paths.ts'
import { serveGit } from './serve-git.ts'
import { readState, writeState } from './state-file.ts'
import type { UpState } from './state-file.ts'
import { straysIn } from './strays.ts'

let root: string
let paths: DataPaths

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-data-'))
  paths = dataPaths(join(root, 'data'))
  await makeDataDir(paths)
})
afterEach(() => rm(root, { recursive: true }))

const state: UpState = {
  ...{ pid: process.pid, dataDir: '/d', kubeconfig: '/d/k', server: 'https://s', gitUrl: 'http://g', gitDir: '/d/g' },
  ...{ inboxUrl: 'http://i', natsUrl: '', natsSeedFile: '', pids: {}, metrics: {}, logsDir: '/d/l' },
}

describe('default directories', () => {
  it('follow XDG and their own variables', () => {
    expect(defaultDataDir({}, '/home/a')).toBe('/home/a/.local/share/tidelock/local')
    expect(defaultDataDir({ XDG_DATA_HOME: '/x' }, '/home/a')).toBe('/x/tidelock/local')
    expect(defaultCacheDir({ XDG_CACHE_HOME: '' }, '/home/a')).toBe('/home/a/.cache/tidelock')
    expect(defaultCacheDir({ TIDELOCK_CACHE: '/c', XDG_CACHE_HOME: '/x' }, '/home/a')).toBe('/c')
  })
})

describe('a data directory', () => {
  it('is for the user alone', async () => {
    expect((await stat(paths.root)).mode & 0o777).toBe(0o700)
  })

  it('is claimed by one at a time, who is named', async () => {
    {
      await using claim = await claimDataDir(paths)
      void claim
      await expect(claimDataDir(paths)).rejects.toMatchObject({
        code: 'AlreadyRunning',
        message: expect.stringContaining(`runs already on ${paths.root} (process ${process.pid} on `),
      })
    }
    await using again = await claimDataDir(paths)
    void again
  })
})

describe('the state', () => {
  it('counts while the process that wrote it holds the directory', async () => {
    expect(await readState(paths)).toBeUndefined()
    {
      await using claim = await claimDataDir(paths)
      void claim
      await writeState(paths, state)
      expect(await readState(paths)).toEqual(state)
      expect((await stat(paths.state)).mode & 0o777).toBe(0o600)
    }
    expect(await readState(paths)).toBeUndefined()
  })

  it('of a killed one does not count for the process that got its id', async () => {
    await writeState(paths, state)
    expect(await readState(paths)).toBeUndefined()
    await using claim = await claimDataDir(paths)
    void claim
    await writeState(paths, { ...state, pid: process.pid + 1 })
    expect(await readState(paths)).toBeUndefined()
    await writeFile(paths.state, '{"pid":')
    expect(await readState(paths)).toBeUndefined()
  })
})

describe('addresses', () => {
  it('stay the same until fresh ones are asked for', async () => {
    const file = join(root, 'source', 'addresses.json')
    const first = await usualAddresses(file)
    expect(new Set(Object.values(first)).size).toBe(5)
    expect(await usualAddresses(file)).toEqual(first)
    const fresh = await freshAddresses(file)
    expect(fresh).not.toEqual(first)
    expect(await usualAddresses(file)).toEqual(fresh)
    const stranger = createServer().listen(Number(fresh.storage.split(':')[1]), '127.0.0.1')
    await once(stranger, 'listening')
    expect(await usualAddresses(file)).not.toEqual(fresh)
    stranger.close()
    await writeFile(file, '{"metrics":"0.0.0.0:1"}')
    expect((await usualAddresses(file)).metrics).toMatch(/^127\.0\.0\.1:/)
  })
})

describe('serveGit', () => {
  const serve = (): ReturnType<typeof serveGit> =>
    serveGit({ paths, git: { searchPath: process.env['PATH'] ?? '' }, onPush: () => Promise.resolve() })

  it('keeps its port, and takes another one where it is taken', async () => {
    const first = await serve()
    await first.stop()
    const again = await serve()
    expect(again.port).toBe(first.port)
    await again.stop()

    const stranger = createServer().listen(first.port, '127.0.0.1')
    await once(stranger, 'listening')
    const elsewhere = await serve()
    expect(elsewhere.port).not.toBe(first.port)
    expect(await readFile(paths.gitPort, 'utf8')).toBe(`${elsewhere.port}\n`)
    await elsewhere.stop()
    stranger.close()
  })
})

describe('straysIn', () => {
  it('finds the controllers of this data directory and nothing else', () => {
    const listing = [
      '  101 node main.ts --spool-dir=/data/a/controllers/source/storage/spool --x',
      '102 node main.ts --spool-dir=/data/a/controllers-old/source/storage/spool',
      '103 node main.ts --spool-dir=/data/ab/controllers/source/storage/spool',
      '104 vi /data/a/controllers/source',
      '',
    ].join('\n')
    expect(straysIn(listing, '/data/a/controllers/')).toEqual([101])
  })
})
