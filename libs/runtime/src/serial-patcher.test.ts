// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { setCondition } from '@tidelock/api'
import type { ApiObject, Condition } from '@tidelock/api'
import { KubeError } from '@tidelock/kube'
import type { ObjectRef, PatchOptions } from '@tidelock/kube'
import { FakeClock } from '@tidelock/testkit'
import { applyMerge } from './merge-patch.ts'
import { SerialPatcher } from './serial-patcher.ts'

/** The part of an API server that a patcher meets: one object, optimistic locks, merge patches. */
class Server {
  object: ApiObject | undefined
  readonly patches: { readonly subresource: string | undefined; readonly body: Record<string, unknown> }[] = []
  reads = 0
  /** Runs before a write arrives. */
  interfere: (() => void) | undefined

  constructor(object: ApiObject) {
    this.object = structuredClone(object)
  }

  change(change: (object: ApiObject) => void): void {
    if (this.object === undefined) return
    const next = structuredClone(this.object)
    change(next)
    next.metadata.resourceVersion = String(Number(next.metadata.resourceVersion) + 1)
    this.object = next
  }

  async get(ref: ObjectRef): Promise<never> {
    this.reads++
    return structuredClone(this.#live(ref)) as never
  }

  async patch(ref: ObjectRef, options: PatchOptions): Promise<never> {
    const body = options.body as Record<string, unknown> & {
      metadata: { resourceVersion?: string; finalizers?: string[] }
    }
    this.interfere?.()
    this.interfere = undefined
    const live = this.#live(ref)
    if (body.metadata.resourceVersion !== live.metadata.resourceVersion)
      throw new KubeError('Conflict', 'the object has been modified', { status: 409 })
    this.patches.push({ subresource: options.subresource, body })
    this.change((object) => {
      if (options.subresource === 'status') object.status = applyMerge(object.status, body['status'] as object)
      else if (body.metadata.finalizers !== undefined) object.metadata.finalizers = body.metadata.finalizers
    })
    return structuredClone(this.object) as never
  }

  #live(ref: ObjectRef): ApiObject {
    if (this.object === undefined) throw new KubeError('NotFound', `${ref.name} not found`, { status: 404 })
    return this.object
  }
}

const now = new Date('2026-01-01T00:00:00Z')

function sample(): ApiObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'apps', uid: 'u1', resourceVersion: '1', generation: 1 },
    status: { observedGeneration: -1 },
  }
}

function setup(exclusive: boolean = true): { server: Server; obj: ApiObject; patcher: SerialPatcher<ApiObject> } {
  const read = sample()
  const server = new Server(read)
  const table = { owned: ['Ready', 'Reconciling', 'Stalled'], exclusive }
  const patcher = new SerialPatcher({ client: server, obj: read, fieldManager: 'm', table, clock: new FakeClock() })
  return { server, obj: structuredClone(read), patcher }
}

function ready(obj: ApiObject, message: string): void {
  setCondition(obj, { type: 'Ready', status: 'True', reason: 'Succeeded', message }, now)
}

const foreign: Condition = {
  type: 'Audited',
  status: 'True',
  reason: 'X',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
}

describe('SerialPatcher', () => {
  it('sends one patch of the status with only what changed, under the version that it knows', async () => {
    const { server, obj, patcher } = setup()
    obj.status = { ...obj.status, lastHandledReconcileAt: 't' }
    await patcher.patchStatus(obj)
    expect(server.patches).toEqual([
      {
        subresource: 'status',
        body: { metadata: { resourceVersion: '1' }, status: { lastHandledReconcileAt: 't' } },
      },
    ])
  })
  it('sends nothing when nothing changed', async () => {
    const { server, obj, patcher } = setup()
    expect(await patcher.patchStatus(obj)).toBeUndefined()
    ready(obj, 'm')
    await patcher.patchStatus(obj)
    expect(await patcher.patchStatus(structuredClone(obj))).toBeUndefined()
    expect(server.patches).toHaveLength(1)
  })
  it('goes on from the last answer: a second patch needs no read and holds only the difference', async () => {
    const { server, obj, patcher } = setup()
    ready(obj, 'one')
    await patcher.patchStatus(obj)
    obj.status = { ...obj.status, observedGeneration: 1 }
    const answer = await patcher.patchStatus(obj)
    expect(server.patches[1]?.body).toEqual({ metadata: { resourceVersion: '2' }, status: { observedGeneration: 1 } })
    expect(server.reads).toBe(0)
    expect(answer?.metadata.resourceVersion).toBe('3')
  })
  it('notices changes made inside of values that it has seen before', async () => {
    const { server, obj, patcher } = setup()
    const status = { ...obj.status, inventory: { entries: [{ id: 'a', v: 'v1' }] } }
    obj.status = status
    await patcher.patchStatus(obj)
    status.inventory.entries.push({ id: 'b', v: 'v1' })
    await patcher.patchStatus(obj)
    expect(server.object?.status).toEqual(status)
  })
  it('removes what was removed', async () => {
    const { server, obj, patcher } = setup()
    obj.status = { ...obj.status, lastHandledReconcileAt: 't' }
    await patcher.patchStatus(obj)
    delete obj.status.lastHandledReconcileAt
    await patcher.patchStatus(obj)
    expect(server.object?.status).not.toHaveProperty('lastHandledReconcileAt')
  })
  it('repeats its change over what somebody else wrote meanwhile', async () => {
    const { server, obj, patcher } = setup()
    server.interfere = () =>
      server.change((object) => {
        object.metadata.generation = 2
        object.status = { ...object.status, lastHandledReconcileAt: 'theirs' }
      })
    ready(obj, 'm')
    await patcher.patchStatus(obj)
    expect(server.object?.status).toMatchObject({
      lastHandledReconcileAt: 'theirs',
      conditions: [{ type: 'Ready', message: 'm', observedGeneration: 1 }],
    })
    expect(server.reads).toBe(1)
  })
  it('leaves conditions of others where it does not own them all, also in later patches', async () => {
    const { server, obj, patcher } = setup(false)
    server.interfere = () => server.change((object) => (object.status = { ...object.status, conditions: [foreign] }))
    ready(obj, 'one')
    await patcher.patchStatus(obj)
    ready(obj, 'two')
    await patcher.patchStatus(obj)
    expect(server.object?.status?.conditions?.map(({ type, message }) => `${type} ${message}`)).toEqual([
      'Ready two',
      'Audited ',
    ])
  })
  it('takes its own conditions away again', async () => {
    const { server, obj, patcher } = setup(false)
    server.change((object) => (object.status = { ...object.status, conditions: [foreign] }))
    ready(obj, 'one')
    await patcher.patchStatus(obj)
    obj.status = { ...obj.status, conditions: [] }
    await patcher.patchStatus(obj)
    expect(server.object?.status?.conditions).toEqual([foreign])
  })
  it('says that the object is gone, also when another one took its name', async () => {
    const { server, obj, patcher } = setup()
    ready(obj, 'm')
    server.interfere = () => server.change((object) => (object.metadata.uid = 'u2'))
    await expect(patcher.patchStatus(obj)).rejects.toMatchObject({ code: 'NotFound' })
    server.object = undefined
    await expect(setup().patcher.patchStatus(obj)).resolves.toBeDefined()
    await expect(patcher.patchStatus(obj)).rejects.toMatchObject({ code: 'NotFound' })
  })
  it('adds and removes its finalizer and keeps those of others', async () => {
    const { server, patcher } = setup()
    server.change((object) => (object.metadata.finalizers = ['theirs']))
    await patcher.patchFinalizer('ours', true)
    expect(server.object?.metadata.finalizers).toEqual(['theirs', 'ours'])
    await patcher.patchFinalizer('ours', true)
    server.interfere = () => server.change((object) => object.metadata.finalizers?.push('late'))
    await patcher.patchFinalizer('ours', false)
    expect(server.object?.metadata.finalizers).toEqual(['theirs', 'late'])
    expect(server.patches.every(({ subresource }) => subresource === undefined)).toBe(true)
    expect(server.patches).toHaveLength(2)
  })
})
