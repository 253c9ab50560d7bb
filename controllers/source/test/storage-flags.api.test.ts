// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

const run = promisify(execFile)

let scene: Scene
const pathOf = (artifact: Artifact): string => join(scene.storagePath, artifact.path)

/** Archives of the object on disk. */
async function archives(artifact: Artifact): Promise<string[]> {
  return (await readdir(dirname(pathOf(artifact)))).filter((name) => name.endsWith('.gz'))
}

describe('the flags of the storage', () => {
  beforeAll(async () => {
    scene = await Scene.open({ controller: false })
  })
  afterEach(() => scene.stopController())
  afterAll(() => scene[Symbol.asyncDispose]())

  /** Stores three commits, one after the other, and looks once more: what is old is collected before a run. */
  async function storeThree(name: string): Promise<Artifact> {
    const repo = await scene.git.create(name)
    for (const n of [1, 2, 3]) {
      const commit = await repo.commit({ 'a.txt': String(n) })
      if (n === 1) await scene.create(name, { url: repo.url })
      else await scene.request(name, String(n))
      await scene.untilReady(name, `main@sha1:${commit}`)
    }
    return artifactOf(await scene.reconcile(name))
  }

  it('--artifact-retention-records says how many archives of an object are kept', async () => {
    scene.startController({ flags: ['--artifact-retention-records=3'] })
    expect(await archives(await storeThree('three'))).toHaveLength(3)
    await scene.stopController()
    scene.startController({ flags: ['--artifact-retention-records=1'] })
    const artifact = artifactOf(await scene.reconcile('three', 'one'))
    expect(await archives(artifact)).toEqual([artifact.path.split('/').at(-1)])
  })

  it('--artifact-retention-ttl says how long those that were replaced are kept', async () => {
    scene.startController({ flags: ['--artifact-retention-ttl=1ms', '--artifact-retention-records=9'] })
    expect(await archives(await storeThree('short'))).toHaveLength(1)
    await scene.stopController()
    scene.startController({ flags: ['--artifact-retention-ttl=1h', '--artifact-retention-records=9'] })
    expect(await archives(await storeThree('long'))).toHaveLength(3)
  })

  it('--artifact-digest-algo says how new archives are measured, and what is stored keeps its digest', async () => {
    const repo = await scene.git.create('digest', { 'a.txt': '1' })
    await scene.create('digest', { url: repo.url })
    scene.startController()
    const before = artifactOf(await scene.untilReady('digest'))
    await scene.stopController()
    scene.startController({ flags: ['--artifact-digest-algo=sha512'] })
    expect(artifactOf(await scene.reconcile('digest', 'same'))).toEqual(before)
    const commit = await repo.commit({ 'a.txt': '2' })
    await scene.request('digest', 'new')
    const after = artifactOf(await scene.untilReady('digest', `main@sha1:${commit}`))
    const bytes = await readFile(pathOf(after))
    expect(after.digest).toBe(`sha512:${createHash('sha512').update(bytes).digest('hex')}`)
    expect(artifactOf(await scene.reconcile('digest', 'again'))).toEqual(after)
    await scene.stopController()
    scene.startController({ flags: ['--artifact-digest-algo=blake3'] })
    await repo.commit({ 'a.txt': '3' })
    const third = artifactOf(await scene.reconcile('digest', 'blake3'))
    expect(third.digest).toMatch(/^blake3:[0-9a-f]{64}$/)
    expect(artifactOf(await scene.reconcile('digest', 'once more'))).toEqual(third)
  })
})

/** A file system of half a megabyte, where that may be made. */
async function mountSmall(directory: string): Promise<boolean> {
  return run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tidelock-test', directory]).then(
    () => true,
    () => false,
  )
}

describe('a disk that is full', () => {
  let mounted = false
  beforeAll(async () => {
    scene = await Scene.open({ controller: false })
    mounted = await mountSmall(scene.storagePath)
    if (mounted) scene.startController()
  })
  afterAll(async () => {
    await scene.stopController()
    if (mounted) await run('umount', [scene.storagePath])
    await scene[Symbol.asyncDispose]()
  })

  it('is reported, leaves the artifact that is there, and is recovered from', async () => {
    // only root may mount: elsewhere the tests of libs/artifact speak for it
    if (!mounted) return
    const repo = await scene.git.create('full', { 'a.txt': '1' })
    await scene.create('full', { url: repo.url })
    const before = artifactOf(await scene.untilReady('full'))
    const commit = await repo.commit({ 'large.bin': randomBytes(1024 * 1024) })
    await scene.request('full', 'large')
    const failed = await scene.untilFailed('full', 'ArchiveOperationFailed')
    const [status, reason, message] = conditionsOf(failed)['StorageOperationFailed']!
    expect([status, reason]).toEqual(['True', 'ArchiveOperationFailed'])
    const why = `unable to archive artifact to storage: no space left to write ${commit}.tar.gz: enlarge the volume`
    expect(message?.slice(0, why.length)).toBe(why)
    expect(conditionsOf(failed)['ArtifactOutdated']?.slice(0, 2)).toEqual(['True', 'NewRevision'])
    expect(artifactOf(failed)).toEqual(before)
    expect(await downloadArtifact(before)).toEqual({ 'a.txt': '1' })
    const names = await readdir(dirname(pathOf(before)))
    expect(names.filter((name) => name.startsWith('.'))).toEqual([])
    // smaller ones of other objects are still stored
    const other = await scene.git.create('small', { 'a.txt': '1' })
    await scene.create('small', { url: other.url })
    await scene.untilReady('small')
    const mended = await repo.commit({ 'large.bin': null })
    await scene.request('full', 'mended')
    const after = await scene.untilReady('full', `main@sha1:${mended}`)
    expect(Object.keys(conditionsOf(after))).toEqual(['Ready', 'ArtifactInStorage'])
    expect(await downloadArtifact(artifactOf(after))).toEqual({ 'a.txt': '1' })
  })
})
