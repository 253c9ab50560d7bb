// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GitRepository, KubeObject, Kustomization } from '@tidelock/api'
import { refOf } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { eventually } from '@tidelock/testkit'
import type { Files } from './artifact-source.ts'
import { conditionsOf, Scene } from './harness.ts'
import { isWrite, OwnCluster } from './own-cluster.ts'

async function read<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`../testdata/left-by-flux/${name}`, import.meta.url), 'utf8')) as T
}

let own: OwnCluster
let scene: Scene
let objects: KubeObject[]
let flux: Kustomization
let files: Files
beforeAll(async () => {
  own = await OwnCluster.start()
  scene = await Scene.open({ cluster: own.cluster, namespace: 'flux-system', controller: false })
  objects = await read('managed-objects.json')
  flux = await read('kustomization.json')
  files = await read('files.json')
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await own[Symbol.asyncDispose]()
})

/** Makes the object as Flux left it, to the entry of its managedFields. */
async function leave({ status: _status, ...object }: KubeObject): Promise<void> {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...metadata } = object.metadata
  const { managedFields, ...rest } = metadata
  await eventually(() => scene.client.create({ ...object, metadata: rest }))
  // an update that changes nothing else sets the entries as they are given
  await eventually(async () => {
    const live = await scene.client.get(refOf(object))
    await scene.client.replace({ ...live, metadata: { ...live.metadata, managedFields } })
  })
}

async function settled(): Promise<void> {
  const isDone = (obj: KubeObject): boolean => JSON.stringify(obj['status']).includes('"availableReplicas":2')
  await scene.untilLive({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'shop' }, isDone)
}

const state = async (): Promise<unknown[]> =>
  Promise.all(
    objects.map(async (object) => {
      const { metadata } = await scene.client.get(refOf(object))
      const ours = metadata.managedFields?.filter(({ manager }) => manager === 'kustomize-controller')
      return [object.kind, metadata.uid, metadata.generation, ours]
    }),
  )

describe('what Flux left', () => {
  let left: unknown[]
  beforeAll(async () => {
    await scene.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    for (const object of objects) await leave(object)
    await settled()
    left = await state()
    await leave(flux)
    const patch = { type: 'merge', body: { status: flux.status }, subresource: 'status' } as const
    await scene.client.patch(scene.ref('shop'), { ...patch, fieldManager: 'gotk-kustomize-controller' })
    const repository = await read<GitRepository>('gitrepository.json')
    await leave(repository)
    const revision = repository.status?.artifact?.revision
    const artifact = await scene.source.write('flux-system', 'shop', files, revision)
    const status = { ...repository.status, artifact }
    await scene.client.patch(refOf(repository), { type: 'merge', body: { status }, subresource: 'status' })
  })

  it('is taken over without a write to a managed object, and with the same status', async () => {
    scene.startController()
    const isTaken = ({ status }: Kustomization): boolean => status?.history?.[0]?.totalReconciliations === 2
    const taken = await scene.until('shop', isTaken)
    expect(await state()).toEqual(left)
    const writes = (await own.audit(/^kustomize-controller\//)).filter(isWrite)
    const resources = new Set(writes.map(({ objectRef }) => objectRef?.resource))
    expect(resources).toEqual(new Set(['events', 'kustomizations']))
    expect(taken.metadata.finalizers).toEqual(flux.metadata.finalizers)
    expect(taken.status?.inventory).toEqual(flux.status?.inventory)
    expect(conditionsOf(taken)).toEqual(conditionsOf(flux))
    const [entry, ...more] = taken.status?.history ?? []
    const [before] = flux.status?.history ?? []
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      digest: 'sha256:a9b14c50e8b022eb4f6212a7b5215e6da18fc827c96a925d61a0651b8be257f8',
      firstReconciled: before?.firstReconciled,
      metadata: before?.metadata,
    })
    expect(Object.keys(taken.status ?? {}).sort()).toEqual(Object.keys(flux.status ?? {}).sort())
    // not even the time of its last transition
    expect(taken.status?.conditions).toEqual(flux.status?.conditions)
    const managers = ({ metadata }: Kustomization) =>
      metadata.managedFields?.map(({ manager, operation, subresource }) => ({ manager, operation, subresource }))
    expect(managers(taken)).toEqual(managers(flux))
    const told = await scene.untilEvent('shop', 'ReconciliationSucceeded')
    expect(told.map(({ reason }) => reason)).toEqual(['ReconciliationSucceeded'])
  })

  it('is managed from then on: hand edits are undone, and what leaves the source is pruned', async () => {
    const settings: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'shop-settings' }
    await scene.client.patch(settings, {
      type: 'merge',
      body: { data: { COLOR: 'red' } },
      fieldManager: 'kubectl-edit',
    })
    await scene.untilLive(settings, (obj) => JSON.stringify(obj['data']).includes('blue'))
    const text = (files['app/app.yaml'] ?? '')
      .split('---\n')
      .filter((document) => !/kind: (Role|Widget)$/m.test(document))
    const revision = await scene.publish({ ...files, 'app/app.yaml': text.join('---\n') }, { source: 'shop' })
    const { status } = await scene.untilReady('shop', revision)
    expect(status?.inventory?.entries.map(({ id }) => id)).toEqual(
      (flux.status?.inventory?.entries ?? []).map(({ id }) => id).filter((id) => !/_Role$|_Widget$/.test(id)),
    )
    for (const object of objects.filter(({ kind }) => kind === 'Role' || kind === 'Widget'))
      await scene.untilGone(refOf(object))
  })
})
