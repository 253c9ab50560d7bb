// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Condition, GitRepository } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf } from './harness.ts'

const directory = new URL('../testdata/left-by-flux/', import.meta.url)
const fieldManager = 'source-controller'

let scene: Scene
let flux: GitRepository
beforeEach(async () => {
  scene = await Scene.open({ controller: false })
  const repo = await scene.git.create('shop')
  await repo.git('fetch', '--quiet', fileURLToPath(new URL('shop.bundle', directory)), 'main:main')
  const text = await readFile(new URL('gitrepository.json', directory), 'utf8')
  flux = JSON.parse(text.replaceAll('flux-system', scene.namespace)) as GitRepository
  flux.spec.url = repo.url
})
afterEach(() => scene[Symbol.asyncDispose]())

/** Brings the object to the server by the requests that Flux and its user made. */
async function leave(status: GitRepository['status']): Promise<GitRepository> {
  const { apiVersion, kind, metadata } = flux
  // the API server's default
  const { timeout: _default, ...spec } = flux.spec
  const { name, namespace, finalizers } = metadata
  await scene.client.apply(
    { apiVersion, kind, metadata: { name, namespace: namespace! }, spec },
    { fieldManager: 'flux-cli-user', force: false },
  )
  await scene.client.patch(scene.ref(name), { type: 'merge', body: { metadata: { finalizers } }, fieldManager })
  const left = await scene.client.patch<GitRepository>(scene.ref(name), {
    type: 'merge',
    body: { status },
    subresource: 'status',
    fieldManager,
  })
  expect(left.metadata.managedFields?.map(describeManager)).toEqual(flux.metadata.managedFields?.map(describeManager))
  return left
}

interface ManagedFields {
  readonly manager?: string
  readonly operation?: string
  readonly subresource?: string
  readonly fieldsV1?: object
}

function describeManager({ manager, operation, subresource, fieldsV1 }: ManagedFields): ManagedFields {
  return {
    ...{ manager: manager!, operation: operation! },
    ...(subresource ? { subresource } : {}),
    fieldsV1: fieldsV1!,
  }
}

const withoutTime = (conditions: readonly Condition[] | undefined): unknown[] =>
  (conditions ?? []).map((condition) => ({ ...condition, lastTransitionTime: '' }))

describe('a GitRepository that Flux left', () => {
  it('gets its artifact anew when the storage is empty, in a status of the same shape', async () => {
    const left = await leave(flux.status)
    const { revision, path } = artifactOf(left)
    scene.startController()
    const taken = await scene.until('shop', (obj) => artifactOf(obj).metadata !== undefined)
    const artifact = artifactOf(taken)
    expect(artifact).toMatchObject({ revision, path })
    const files = await downloadArtifact(artifact)
    expect(Object.keys(files).sort()).toEqual(['app/app.yaml', 'app/kustomization.yaml'])

    const { conditions, ...status } = taken.status ?? {}
    const { conditions: wantedConditions, ...wanted } = flux.status ?? {}
    expect(withoutTime(conditions)).toEqual(withoutTime(wantedConditions))
    expect(Object.keys(status).sort()).toEqual(Object.keys(wanted).sort())
    expect(status.observedGeneration).toBe(wanted.observedGeneration)
    const { metadata: _ours, ...facts } = artifact
    expect(Object.keys(facts).sort()).toEqual(Object.keys(artifactOf(flux)).sort())

    const { uid, generation, finalizers } = left.metadata
    expect(taken.metadata).toMatchObject({ uid, generation, finalizers })
    const managers = taken.metadata.managedFields?.map(({ manager, operation, subresource }) => {
      return `${manager} ${operation} ${subresource ?? ''}`
    })
    expect(managers).toEqual(['flux-cli-user Apply ', 'source-controller Update ', 'source-controller Update status'])
  })

  it('belongs to whoever holds the Lease that Flux has', async () => {
    const name = 'source-controller-leader-election'
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: scene.namespace, name }
    const holderOf = async (): Promise<string | undefined> =>
      ((await scene.client.find(lease))?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity
    const spec = { holderIdentity: 'flux', leaseDurationSeconds: 3600, renewTime: '2999-01-01T00:00:00.000000Z' }
    const { apiVersion, kind, namespace } = lease
    await scene.client.create({ apiVersion, kind, metadata: { name, namespace }, spec })
    const left = await leave(flux.status)
    scene.startController({ flags: ['--enable-leader-election', '--leader-election-retry-period=100ms'] })
    await eventually(() => expect(scene.log.join('')).toMatch(/lease/i))
    expect(await scene.get('shop')).toEqual(left)
    await expect(fetch(`http://${scene.storageAddress}/`)).rejects.toThrow('fetch failed')
    await scene.client.patch(lease, { type: 'merge', body: { spec: { holderIdentity: '' } } })
    await scene.until('shop', (obj) => artifactOf(obj).metadata !== undefined)
    expect(await holderOf()).toMatch(/_[0-9a-f]{16}$/)
    await scene.stopController()
    expect(await holderOf()).toBe('')
  })

  it('is left exactly as it is when the storage still has the artifact', async () => {
    const content = Buffer.from('as Flux packed it')
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    const { path } = artifactOf(flux)
    const url = `http://${scene.storageAddress}/${path}`
    const left = await leave({ ...flux.status, artifact: { ...artifactOf(flux), digest, size: content.length, url } })
    await mkdir(dirname(join(scene.storagePath, path)), { recursive: true })
    await writeFile(join(scene.storagePath, path), content)
    scene.startController()
    await scene.untilEvent('shop', 'GitOperationSucceeded')
    const taken = await scene.get('shop')
    expect(taken).toEqual(left)
    expect(scene.git.packs).toBe(0)
    expect(await (await fetch(url)).text()).toBe(content.toString())
    expect(scene.receiver.events).toEqual([])
  })
})
