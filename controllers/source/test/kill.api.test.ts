// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import type { GitRequest } from '@tidelock/local-cluster'
import type { FaultPoint } from '@tidelock/runtime'
import { eventually } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import { ChildController } from './child-controller.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ controller: false })
})
afterAll(() => scene[Symbol.asyncDispose]())

async function runUntil(point: FaultPoint): Promise<void> {
  await using child = new ChildController(scene, point)
  await child.killed()
}

async function storedFiles(artifact: Artifact): Promise<string[]> {
  return (await readdir(dirname(join(scene.storagePath, artifact.path)))).sort()
}

const filesOf = (commit: string): string[] => [`${commit}.tar.gz`, `${commit}.tar.gz.index.json`]

describe('a controller that is killed', () => {
  it.each<FaultPoint>([
    'run-started',
    'finalizer-added',
    'progress-patched',
    'outcome-known',
    'events-spooled',
    'status-patched',
    'events-released',
  ])('at %s is followed by one that comes to the same end', async (point) => {
    const repo = await scene.git.create(point)
    const commit = await repo.commit({ 'a.txt': '1' })
    await scene.create(point, { url: repo.url })
    await runUntil(point)
    scene.startController()
    try {
      const obj = await scene.untilReady(point, `main@sha1:${commit}`)
      const artifact = artifactOf(obj)
      expect(Object.keys(conditionsOf(obj))).toEqual(['Ready', 'ArtifactInStorage'])
      expect(await downloadArtifact(artifact)).toEqual({ 'a.txt': '1' })
      expect(await storedFiles(artifact)).toEqual(filesOf(commit))
      // nothing more comes after what a further run reports
      await scene.reconcile(point)
      await scene.untilEvent(point, 'GitOperationSucceeded')
      const told = (await scene.events(point)).filter(({ reason }) => reason !== 'GitOperationSucceeded')
      expect(told).toMatchObject([{ reason: 'NewArtifact', message: "stored artifact for commit 'commit'", count: 1 }])
      await eventually(() => expect(scene.receiver.of(point).length).toBeGreaterThan(0))
      expect(new Set(scene.receiver.of(point).map(({ reason }) => reason))).toEqual(new Set(['NewArtifact']))
    } finally {
      await scene.stopController()
    }
  })

  it('while it fetches leaves nothing that the next one stumbles over', async () => {
    const repo = await scene.git.create('fetching')
    const commit = await repo.commit({ 'a.txt': '1' })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    let posts = 0
    const isPost = (request: GitRequest) => request.url.startsWith('/fetching') && request.method === 'POST'
    scene.git.faults.onRequest = (request) => (isPost(request) && ++posts === 2 ? promise : undefined)
    await scene.create('fetching', { url: repo.url })
    const child = new ChildController(scene)
    try {
      await eventually(() => expect(posts).toBe(2))
    } finally {
      await child[Symbol.asyncDispose]()
    }
    resolve(undefined)
    const later = await repo.commit({ 'a.txt': '2' })
    scene.startController()
    try {
      const artifact = artifactOf(await scene.untilReady('fetching', `main@sha1:${later}`))
      expect(await storedFiles(artifact)).toEqual(filesOf(later))
      expect(later).not.toBe(commit)
    } finally {
      await scene.stopController()
    }
  })

  it.each<FaultPoint>(['run-started', 'events-spooled', 'finalizer-removed'])(
    'at %s of a deletion leaves no file and no object',
    async (point) => {
      const name = `deleted-${point}`
      const repo = await scene.git.create(name, { 'a.txt': '1' })
      await scene.create(name, { url: repo.url })
      scene.startController()
      const artifact = artifactOf(await scene.untilReady(name))
      await scene.untilEvent(name, 'NewArtifact')
      await scene.stopController()
      await scene.client.delete(scene.ref(name))
      await runUntil(point)
      scene.startController()
      try {
        await eventually(async () => expect(await scene.client.find(scene.ref(name))).toBeUndefined())
        expect(existsSync(dirname(join(scene.storagePath, artifact.path)))).toBe(false)
      } finally {
        await scene.stopController()
      }
    },
  )
})
