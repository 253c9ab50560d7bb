// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

async function pathsOf(name: string): Promise<string[]> {
  return Object.keys(await downloadArtifact(artifactOf(await scene.untilReady(name)))).sort()
}

const digestKey = 'source.toolkit.fluxcd.io/digest'

const tree = {
  'app.yaml': 'a',
  'logo.png': 'p',
  '.gitignore': 'x',
  '.github/workflow.yaml': 'w',
  'docs/page.md': 'd',
  'docs/keep/page.md': 'k',
  'vendor/lib.tar.gz': 'l',
}

it('by default leaves out what Flux leaves out', async () => {
  const repo = await scene.git.create('plain', tree)
  await scene.create('plain', { url: repo.url })
  expect(await pathsOf('plain')).toEqual(['app.yaml', 'docs/keep/page.md', 'docs/page.md'])
})

it('follows spec.ignore instead of the defaults, and .sourceignore files by directory before it', async () => {
  const repo = await scene.git.create('rules', {
    ...tree,
    'docs/.sourceignore': '*.md\n!keep/\n!keep/**\n',
    'vendor/.sourceignore': 'app.yaml\n',
  })
  await scene.create('rules', { url: repo.url, ignore: '/logo.png\n!docs/page.md\n' })
  expect(await pathsOf('rules')).toEqual([
    '.github/workflow.yaml',
    'app.yaml',
    'docs/.sourceignore',
    'docs/keep/page.md',
    'docs/page.md',
    'vendor/.sourceignore',
    'vendor/lib.tar.gz',
  ])
})

it('builds anew when spec.ignore changes, without a new revision', async () => {
  const repo = await scene.git.create('changes', { 'a.yaml': 'a', 'b.yaml': 'b' })
  await scene.create('changes', { url: repo.url })
  expect(await pathsOf('changes')).toEqual(['a.yaml', 'b.yaml'])
  const before = await scene.get('changes')
  expect(before.status).not.toHaveProperty('observedIgnore')
  await scene.patch('changes', { spec: { ignore: 'b.yaml' } })
  const after = await scene.until('changes', ({ status }) => status?.observedIgnore === 'b.yaml')
  expect(await pathsOf('changes')).toEqual(['a.yaml'])
  expect(artifactOf(after).revision).toBe(artifactOf(before).revision)
  expect(artifactOf(after).digest).not.toBe(artifactOf(before).digest)
  const digests = [before, after].map((obj) => artifactOf(obj).digest)
  await eventually(() => {
    const told = scene.receiver.of('changes').map(({ reason, metadata }) => [reason, metadata?.[digestKey]])
    expect(told).toEqual(digests.map((digest) => ['NewArtifact', digest]))
  })
  await scene.patch('changes', { spec: { ignore: null } })
  await scene.until('changes', ({ status }) => status?.observedIgnore === undefined)
  expect(artifactOf(await scene.untilReady('changes')).digest).toBe(artifactOf(before).digest)
})

it('leaves out symlinks, keeps executables and directories that are left empty', async () => {
  const repo = await scene.git.create('kinds', {
    'run.sh': { content: '#!/bin/sh\n', executable: true },
    'target.yaml': 't',
    'images/a.png': 'p',
  })
  await repo.link('link.yaml', 'target.yaml')
  await scene.create('kinds', { url: repo.url })
  expect(await pathsOf('kinds')).toEqual(['run.sh', 'target.yaml'])
  const { url } = artifactOf(await scene.get('kinds'))
  const index = (await (await fetch(`${url}.index.json`)).json()) as {
    files: { path: string; mode: number }[]
    directories: string[]
  }
  expect(index.files.map(({ path, mode }) => [path, mode])).toEqual([
    ['run.sh', 0o700],
    ['target.yaml', 0o600],
  ])
  expect(index.directories).toEqual(['images'])
})

it('reports a .sourceignore that is no list of patterns', async () => {
  const repo = await scene.git.create('huge', { 'a/.sourceignore': Buffer.alloc(2 ** 20 + 1, 'x') })
  await scene.create('huge', { url: repo.url })
  const obj = await scene.untilFailed('huge', 'SourceIgnoreError')
  expect(conditionsOf(obj)['FetchFailed']?.[2]).toBe(
    'failed to load source ignore patterns from repository: a/.sourceignore has 1048577 bytes, the limit is 1048576',
  )
})
