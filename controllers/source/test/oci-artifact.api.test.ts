// SPDX-License-Identifier: Apache-2.0
import { readdir, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OCIRepository } from '@tidelock/api'
import { mediaTypes } from '@tidelock/oci'
import { OciScene, toLayer } from './oci-scene.ts'

let scene: OciScene
beforeAll(async () => {
  scene = await OciScene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const conditionsOf = ({ status }: OCIRepository): Record<string, [string, string, string]> =>
  Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status: is, reason, message }) => [type, [is, reason, message]]),
  )

describe('an artifact of a registry', () => {
  it('is stored, served, linked and told of as Flux does', async () => {
    const annotations = {
      'org.opencontainers.image.source': 'https://github.com/org/app.git',
      'org.opencontainers.image.revision': 'main@sha1:abc',
    }
    const { digest } = await scene.push(
      'org/app',
      'latest',
      { 'app.yaml': 'kind: App\n', 'ci.png': 'x' },
      { annotations },
    )
    const url = scene.url('org/app')
    await scene.create('app', { url })
    const obj = await scene.untilReady('app')
    const artifact = obj.status?.artifact
    const path = `ocirepository/${scene.scene.namespace}/app/${digest}.tar.gz`
    expect(artifact).toMatchObject({ path, revision: `latest@${digest}`, metadata: annotations })
    expect(await scene.files(artifact)).toEqual({ 'app.yaml': 'kind: App\n' })
    const message = `stored artifact for digest 'latest@${digest}'`
    expect(conditionsOf(obj)).toEqual({
      Ready: ['True', 'Succeeded', message],
      ArtifactInStorage: ['True', 'Succeeded', message],
    })
    const link = join(scene.scene.storagePath, path, '..', 'latest.tar.gz')
    expect(await readlink(link)).toBe(`${digest}.tar.gz`)
    expect(obj.status?.url).toBe(artifact?.url.replace(`${digest}.tar.gz`, 'latest.tar.gz'))
    expect((await fetch(obj.status?.url ?? '')).status).toBe(200)
    const event = await scene.scene.untilEvent('app', 'NewArtifact')
    expect(event.message).toBe(
      `stored artifact with revision 'latest@${digest}' from '${url}', origin source 'https://github.com/org/app.git', origin revision 'main@sha1:abc'`,
    )
    expect(event.annotations).toMatchObject({ 'source.toolkit.fluxcd.io/revision': `latest@${digest}` })
  })

  it('is not pulled again while the digest is the same', async () => {
    const { digest } = await scene.push('org/same', 'latest', { a: '1' })
    await scene.create('same', { url: scene.url('org/same') })
    const before = await scene.untilReady('same')
    const after = await scene.reconcile('same')
    expect(after.status?.artifact).toEqual(before.status?.artifact)
    const { message } = await scene.scene.untilEvent('same', 'ArtifactUpToDate')
    expect(message).toBe(`artifact up-to-date with remote revision: 'latest@${digest}'`)
  })

  it('is replaced when the tag moves, and the link moves with it', async () => {
    await scene.push('org/moves', 'latest', { a: '1' })
    await scene.create('moves', { url: scene.url('org/moves') })
    await scene.untilReady('moves')
    const { digest } = await scene.push('org/moves', 'latest', { a: '2' })
    await scene.reconcile('moves')
    const { status } = await scene.untilReady('moves', `latest@${digest}`)
    expect(await scene.files(status?.artifact)).toEqual({ a: '2' })
    const directory = join(scene.scene.storagePath, `ocirepository/${scene.scene.namespace}/moves`)
    expect(await readlink(join(directory, 'latest.tar.gz'))).toBe(`${digest}.tar.gz`)
  })

  it('is built anew when it is gone from the storage', async () => {
    await scene.push('org/lost', 'latest', { a: '1' })
    await scene.create('lost', { url: scene.url('org/lost') })
    await scene.untilReady('lost')
    const directory = join(scene.scene.storagePath, `ocirepository/${scene.scene.namespace}/lost`)
    await rm(directory, { recursive: true })
    const { status } = await scene.reconcile('lost')
    expect(await scene.files(status?.artifact)).toEqual({ a: '1' })
    expect(await readdir(directory)).toContain('latest.tar.gz')
  })

  it('is stored as it is with the operation copy, and rebuilt when the selector changes', async () => {
    const chart = await toLayer({ 'chart/Chart.yaml': 'name: chart\n' })
    await scene.pushLayers('charts/app', '1.2.0_build.5', [
      { bytes: Buffer.from('provenance'), mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov' },
      { bytes: chart, mediaType: mediaTypes.helmChart },
    ])
    const layerSelector = { mediaType: mediaTypes.helmChart, operation: 'copy' as const }
    await scene.create('chart', { url: scene.url('charts/app'), ref: { semver: '>=1.0.0' }, layerSelector })
    const obj = await scene.untilReady('chart')
    expect(obj.status?.artifact?.revision).toMatch(/^1\.2\.0_build\.5@sha256:/)
    expect(obj.status?.observedLayerSelector).toEqual(layerSelector)
    expect((await scene.stored(obj.status?.artifact)).equals(chart)).toBe(true)
    await scene.patch('chart', { spec: { layerSelector: { operation: 'extract' }, ignore: 'nothing' } })
    const extracted = await scene.untilReady('chart')
    expect(await scene.files(extracted.status?.artifact)).toEqual({ 'chart/Chart.yaml': 'name: chart\n' })
    expect(extracted.status?.observedLayerSelector).toEqual({ ...layerSelector, operation: 'extract' })
    expect(extracted.status?.observedIgnore).toBe('nothing')
  })

  it('leaves out what spec.ignore and .sourceignore say', async () => {
    await scene.push('org/ignore', 'latest', { '.sourceignore': 'b\n', a: '1', b: '2', 'c/d.md': '3', 'c/e.txt': '4' })
    await scene.create('ignore', { url: scene.url('org/ignore'), ignore: '*.md' })
    const { status } = await scene.untilReady('ignore')
    expect(Object.keys(await scene.files(status?.artifact))).toEqual(['.sourceignore', 'a', 'c/e.txt'])
  })

  it('goes with its object', async () => {
    await scene.push('org/gone', 'latest', { a: '1' })
    const { metadata } = await scene.create('gone', { url: scene.url('org/gone') })
    await scene.untilReady('gone')
    const { client, namespace, storagePath } = scene.scene
    await client.delete({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository', namespace, name: 'gone' })
    await scene.scene.untilEvent('gone', 'GarbageCollectionSucceeded')
    expect(await readdir(join(storagePath, 'ocirepository', namespace))).not.toContain(metadata.name)
  })
})
