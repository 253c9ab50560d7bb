// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { downloadArtifact } from './artifact-content.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
let repo: UpstreamRepository
beforeAll(async () => {
  scene = await Scene.open()
  repo = await scene.git.create('main', { 'a.txt': 'main', 'base/b.txt': 'main' })
  const lib = await scene.git.create('lib', {
    'deploy/x.yaml': 'lib',
    'deploy/run.sh': { content: '#!/bin/sh', executable: true },
    'b.txt': 'lib',
    'image.png': 'left out of the artifact that is included',
  })
  await scene.create('lib', { url: lib.url })
  const other = await scene.git.create('other', { 'b.txt': 'other', 'c.txt': 'other' })
  await scene.create('other', { url: other.url })
  for (const name of ['lib', 'other']) await scene.untilReady(name)
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('an included repository', () => {
  it('is copied whole into a directory of its name', async () => {
    await scene.create('whole', { url: repo.url, include: [{ repository: { name: 'lib' } }] })
    const obj = await scene.untilReady('whole')
    expect(await downloadArtifact(artifactOf(obj))).toEqual({
      'a.txt': 'main',
      'base/b.txt': 'main',
      'lib/b.txt': 'lib',
      'lib/deploy/run.sh': '#!/bin/sh',
      'lib/deploy/x.yaml': 'lib',
    })
    expect(obj.status?.observedInclude).toEqual([{ repository: { name: 'lib' } }])
    expect(obj.status?.includedArtifacts).toEqual([artifactOf(await scene.get('lib'))])
  })

  it('gives a directory or a file of it, to another place, and never leaves the roots', async () => {
    await scene.create('parts', {
      url: repo.url,
      include: [
        { repository: { name: 'lib' }, fromPath: 'deploy', toPath: 'base/app' },
        { repository: { name: 'lib' }, fromPath: './b.txt', toPath: 'renamed.txt' },
        { repository: { name: 'lib' }, fromPath: '../../deploy/x.yaml', toPath: '/../../outside/x.yaml' },
      ],
    })
    expect(await downloadArtifact(artifactOf(await scene.untilReady('parts')))).toEqual({
      'a.txt': 'main',
      'base/app/run.sh': '#!/bin/sh',
      'base/app/x.yaml': 'lib',
      'base/b.txt': 'main',
      'outside/x.yaml': 'lib',
      'renamed.txt': 'lib',
    })
  })

  it('is overlaid by those after it, and all by ignore rules', async () => {
    const include = [
      { repository: { name: 'lib' }, toPath: 'base' },
      { repository: { name: 'other' }, toPath: 'base/' },
    ]
    await scene.create('order', { url: repo.url, include, ignore: '*.sh' })
    const obj = await scene.untilReady('order')
    expect(await downloadArtifact(artifactOf(obj))).toEqual({
      'a.txt': 'main',
      'base/b.txt': 'other',
      'base/c.txt': 'other',
      'base/deploy/x.yaml': 'lib',
    })
    expect(obj.status?.includedArtifacts?.map(({ revision }) => revision)).toEqual([
      artifactOf(await scene.get('lib')).revision,
      artifactOf(await scene.get('other')).revision,
    ])
    await scene.patch('order', { spec: { include: [...include].reverse() } })
    const again = await scene.until('order', ({ status }) => status?.observedGeneration === 2)
    expect(await downloadArtifact(artifactOf(again))).toMatchObject({ 'base/b.txt': 'lib' })
    await scene.patch('order', { spec: { include: null } })
    const without = await scene.until('order', ({ status }) => status?.observedGeneration === 3)
    expect([without.status?.observedInclude, without.status?.includedArtifacts]).toEqual([undefined, undefined])
    expect(await downloadArtifact(artifactOf(without))).toEqual({ 'a.txt': 'main', 'base/b.txt': 'main' })
  })
})

it('a new artifact of what is included makes a new one at once, and is shown meanwhile', async () => {
  const upstream = await scene.git.create('moving', { 'x.txt': '1' })
  await scene.create('moving', { url: upstream.url })
  await scene.untilReady('moving')
  await scene.create('follower', { url: repo.url, include: [{ repository: { name: 'moving' } }] })
  const before = await scene.untilReady('follower')
  const { promise, resolve } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = (request) => (request.url.startsWith('/main.git') ? promise : undefined)
  await upstream.commit({ 'x.txt': '2' })
  await scene.request('moving', 'now')
  const message = 'included artifacts differ from last observed includes'
  const seen = await scene.untilSeen('follower', (obj) => conditionsOf(obj)['ArtifactOutdated'] !== undefined)
  expect(conditionsOf(seen)).toMatchObject({
    ArtifactOutdated: ['True', 'IncludeChange', message],
    Ready: ['Unknown', 'Progressing', `building artifact: ${message}`],
  })
  resolve(undefined)
  scene.git.faults = {}
  const after = await scene.untilReady('follower')
  expect(artifactOf(after).revision).toBe(artifactOf(before).revision)
  expect(artifactOf(after).digest).not.toBe(artifactOf(before).digest)
  expect(await downloadArtifact(artifactOf(after))).toMatchObject({ 'moving/x.txt': '2' })
})

describe('what is included and not there', () => {
  it('is waited for, and taken as soon as it comes', async () => {
    await scene.create('early', { url: repo.url, include: [{ repository: { name: 'late' } }] })
    const missing =
      'could not get resource for include \'late\': GitRepository.source.toolkit.fluxcd.io "late" not found'
    const obj = await scene.untilFailed('early', 'NotFound')
    expect(conditionsOf(obj)).toMatchObject({
      Ready: ['False', 'NotFound', missing],
      IncludeUnavailable: ['True', 'NotFound', missing],
      Reconciling: ['True', 'ProgressingWithRetry', 'building artifact'],
    })
    expect(await scene.untilEvent('early', 'NotFound')).toMatchObject({ type: 'Normal', message: missing })
    expect(scene.receiver.of('early')).toEqual([])
    const late = await scene.git.create('late')
    await scene.create('late', { url: late.url })
    await scene.untilFailed('late', 'EmptyGitRepository')
    await scene.request('early', 'now')
    const none = "no artifact available for include 'late'"
    const waiting = await scene.untilFailed('early', 'NoArtifact')
    expect(conditionsOf(waiting)['IncludeUnavailable']).toEqual(['True', 'NoArtifact', none])
    await late.commit({ 'x.txt': 'late' })
    await scene.request('late', 'now')
    const ready = await scene.untilReady('early')
    expect(Object.keys(conditionsOf(ready))).toEqual(['Ready', 'ArtifactInStorage'])
    expect(await downloadArtifact(artifactOf(ready))).toMatchObject({ 'late/x.txt': 'late' })
  })

  it('keeps the artifact when it goes away', async () => {
    const gone = await scene.git.create('gone', { 'x.txt': '1' })
    await scene.create('gone', { url: gone.url })
    await scene.create('keeper', { url: repo.url, include: [{ repository: { name: 'gone' } }] })
    const before = artifactOf(await scene.untilReady('keeper'))
    await scene.client.delete(scene.ref('gone'))
    const obj = await scene.untilFailed('keeper', 'NotFound')
    expect(artifactOf(obj)).toEqual(before)
    expect(await downloadArtifact(before)).toMatchObject({ 'gone/x.txt': '1' })
  })

  it('is named when it is a part, or the file of the artifact', async () => {
    await scene.create('part', { url: repo.url, include: [{ repository: { name: 'lib' }, fromPath: 'none' }] })
    const failed = conditionsOf(await scene.untilFailed('part', 'CopyFailure'))
    expect(failed['StorageOperationFailed']).toEqual([
      'True',
      'CopyFailure',
      "failed to copy 'lib' include from none to lib: cannot stat none: no such file or directory",
    ])
    const lost = await scene.git.create('lost', { 'x.txt': '1' })
    await scene.create('lost', { url: lost.url })
    await rm(join(scene.storagePath, artifactOf(await scene.untilReady('lost')).path))
    await scene.create('of-lost', { url: repo.url, include: [{ repository: { name: 'lost' } }] })
    await scene.untilFailed('of-lost', 'CopyFailure')
    await scene.request('lost', 'now')
    await scene.untilReady('of-lost')
  })
})

it('repositories that include each other are told so, and do not chase each other', async () => {
  const include = (name: string) => ({ include: [{ repository: { name } }] })
  const upstream = await scene.git.create('circle', { 'x.txt': '1' })
  await scene.create('circle-a', { url: upstream.url })
  const before = artifactOf(await scene.untilReady('circle-a'))
  await scene.create('circle-b', { url: upstream.url, ...include('circle-a') })
  await scene.untilReady('circle-b')
  await scene.patch('circle-a', { spec: include('circle-b') })
  const obj = await scene.untilFailed('circle-a', 'NoArtifact')
  expect(conditionsOf(obj)['IncludeUnavailable']?.[2]).toBe(
    "no artifact available for include 'circle-b': it includes this repository again (circle-a, circle-b, circle-a)",
  )
  expect(artifactOf(obj)).toEqual(before)
  await scene.create('circle-self', { url: upstream.url, ...include('circle-self') })
  await scene.untilFailed('circle-self', 'NoArtifact')
  await scene.patch('circle-a', { spec: { include: null } })
  await scene.untilReady('circle-a')
})
