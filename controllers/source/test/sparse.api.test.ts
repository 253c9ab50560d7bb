// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { downloadArtifact } from './artifact-content.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
let repo: UpstreamRepository
beforeAll(async () => {
  scene = await Scene.open()
  repo = await scene.git.create('app', {
    'apps/a.txt': '1',
    'infra/x/b.txt': '2',
    'infra/y/c.txt': '3',
    'top.txt': '4',
  })
})
afterAll(() => scene[Symbol.asyncDispose]())

it('only the directories that are asked for come into the artifact, and another list makes it anew', async () => {
  await scene.create('sparse', { url: repo.url, sparseCheckout: ['./apps', 'infra/x'] })
  const obj = await scene.untilReady('sparse')
  expect(await downloadArtifact(artifactOf(obj))).toEqual({ 'apps/a.txt': '1', 'infra/x/b.txt': '2' })
  expect(obj.status?.observedSparseCheckout).toEqual(['./apps', 'infra/x'])
  await scene.patch('sparse', { spec: { sparseCheckout: ['infra'] } })
  const other = await scene.until('sparse', ({ status }) => status?.observedGeneration === 2)
  expect(await downloadArtifact(artifactOf(other))).toEqual({ 'infra/x/b.txt': '2', 'infra/y/c.txt': '3' })
  expect(artifactOf(other).revision).toBe(artifactOf(obj).revision)
  await scene.patch('sparse', { spec: { sparseCheckout: null } })
  const whole = await scene.until('sparse', ({ status }) => status?.observedGeneration === 3)
  expect(Object.keys(await downloadArtifact(artifactOf(whole)))).toHaveLength(4)
  expect(whole.status?.observedSparseCheckout).toBeUndefined()
})

it('each directory must be there', async () => {
  await scene.create('missing', { url: repo.url, sparseCheckout: ['apps', 'none'] })
  const message = "failed to sparse checkout directories : sparse checkout dir 'none' does not exist in repository"
  const obj = await scene.untilFailed('missing', 'GitOperationFailed')
  expect(conditionsOf(obj)['FetchFailed']).toEqual(['True', 'GitOperationFailed', message])
  expect(obj.status?.artifact).toBeUndefined()
  await repo.commit({ 'none/d.txt': '5' })
  expect(await downloadArtifact(artifactOf(await scene.untilReady('missing')))).toEqual({
    'apps/a.txt': '1',
    'none/d.txt': '5',
  })
})
