// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { ChildController } from './child-controller.ts'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

const MiB = 1024 * 1024
let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ controller: false })
})
afterAll(() => scene[Symbol.asyncDispose]())

it('a repository of 20,000 files becomes an artifact, in little memory', async () => {
  const files: Record<string, string> = {}
  for (let n = 0; n < 20_000; n++) {
    const text = `kind: ConfigMap\nmetadata: {name: app-${n}}\ndata: {n: "${n * 7919}"}\n`
    files[`apps/group-${n % 200}/app-${n}.yaml`] = text.padEnd(1000, `# ${n}\n`)
  }
  const repo = await scene.git.create('many')
  const first = await repo.commit(files)
  await using child = new ChildController(scene)
  await scene.create('many', { url: repo.url, timeout: '10m' })
  const artifact = artifactOf(await scene.untilReady('many', `main@sha1:${first}`, 120_000))
  expect(await downloadArtifact(artifact)).toEqual(files)
  const second = await repo.commit({ 'apps/group-7/app-7.yaml': 'changed' })
  await scene.request('many', 'now')
  const changed = artifactOf(await scene.untilReady('many', `main@sha1:${second}`, 120_000))
  expect(await downloadArtifact(changed)).toEqual({ ...files, 'apps/group-7/app-7.yaml': 'changed' })
  expect(await child.peakMemory()).toBeLessThan(350 * MiB)
}, 300_000)

it('bombs are refused, in little memory and without leaving anything', async () => {
  await using child = new ChildController(scene)
  const huge = await scene.git.create('huge')
  await huge.commit({ 'zeros.bin': Buffer.alloc(129 * MiB) })
  const trees = await scene.git.create('trees')
  await trees.treeBomb(10, 12)
  const wide = await scene.git.create('wide')
  await wide.commit({ 'dir/blob.bin': Buffer.alloc(5 * MiB) })
  await wide.treeBomb(10, 3)
  const cases: [string, string, RegExp][] = [
    ['huge', huge.url, /an object has 135266304 bytes, more than 134217728$/],
    ['trees', trees.url, /the tree has more than 1000000 entries$/],
    ['wide', wide.url, /the files have more than 4294967296 bytes together$/],
  ]
  for (const [name, url, message] of cases) {
    await scene.create(name, { url, timeout: '10m' })
    const obj = await scene.untilFailed(name, 'GitOperationFailed', 120_000)
    expect(conditionsOf(obj)['FetchFailed']?.[2]).toMatch(message)
    expect(obj.status).not.toHaveProperty('artifact')
    await scene.patch(name, { spec: { suspend: true } })
  }
  expect(await child.peakMemory()).toBeLessThan(350 * MiB)
  await eventually(async () => expect(await child.scratchFiles()).toEqual([]))
  const stored = await readdir(join(scene.storagePath, 'gitrepository', scene.namespace), { recursive: true })
  expect(stored.filter((path) => cases.some(([name]) => path.startsWith(`${name}/`)))).toEqual([])
}, 300_000)
