// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('an artifact', () => {
  it('is stored, served and named as Flux does', async () => {
    const repo = await scene.git.create('shop', { 'deploy/app.yaml': 'kind: App\n', 'README.md': '# Shop\n' })
    const commit = await repo.git('rev-parse', 'main')
    await scene.create('shop', { url: repo.url })
    const obj = await scene.untilReady('shop')
    const artifact = artifactOf(obj)
    const path = `gitrepository/${scene.namespace}/shop/${commit}.tar.gz`
    expect(artifact).toMatchObject({ path, revision: `main@sha1:${commit}` })
    expect(await downloadArtifact(artifact)).toEqual({ 'deploy/app.yaml': 'kind: App\n', 'README.md': '# Shop\n' })
    expect((await readdir(join(scene.storagePath, path, '..'))).sort()).toEqual([
      `${commit}.tar.gz`,
      `${commit}.tar.gz.index.json`,
    ])
    const message = `stored artifact for revision 'main@sha1:${commit}'`
    expect(conditionsOf(obj)).toEqual({
      Ready: ['True', 'Succeeded', message],
      ArtifactInStorage: ['True', 'Succeeded', message],
    })
  })
})
