// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { configMap, Scene } from './harness.ts'
import { isWrite, OwnCluster } from './own-cluster.ts'

const count = 50
const names = Array.from({ length: count }, (_, index) => `app-${index}`)
const files = (value: string) => Object.fromEntries(names.map((name) => [`${name}/a.yaml`, configMap(name, { value })]))

let own: OwnCluster
let scene: Scene
beforeAll(async () => {
  own = await OwnCluster.start({ scheduler: false, kwok: false, nats: false, controllerManager: false })
  scene = await Scene.open({ cluster: own.cluster })
  const first = await scene.publish(files('1'))
  await Promise.all(names.map((name) => scene.create(name, { path: `./${name}`, retryInterval: '1s' })))
  await Promise.all(names.map((name) => scene.untilReady(name, first, 120_000)))
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await own[Symbol.asyncDispose]()
})

const values = (): Promise<unknown[]> =>
  Promise.all(names.map(async (name) => (await scene.client.get(scene.object('ConfigMap', name)))['data']))

async function untilSome(value: string): Promise<void> {
  const isThere = (data: unknown): boolean => JSON.stringify(data) === JSON.stringify({ value })
  await eventually(async () => expect((await values()).filter(isThere).length).toBeGreaterThan(0))
}

/** What was told of changes to the objects of the Kustomization. */
function changesTold(name: string): string[] {
  return scene.receiver.of(name).flatMap(({ reason, message }) => (reason === 'Progressing' ? [message] : []))
}

describe('a restart of the API server', () => {
  it('in the middle of a rollout is got over by every Kustomization, and nothing is written twice', async () => {
    await scene.publish(files('2'))
    await own.control.restart('kube-apiserver')
    // on its way again, and overtaken by the next
    await untilSome('2')
    const third = await scene.publish(files('3'))
    await own.control.restart('kube-apiserver')
    await Promise.all(names.map((name) => scene.untilReady(name, third, 120_000)))
    expect(await values()).toEqual(names.map(() => ({ value: '3' })))

    const writes = (await own.audit(/^kustomize-controller\//)).filter(isWrite)
    const applied = writes.filter(({ objectRef }) => objectRef?.resource === 'configmaps')
    for (const name of names) {
      const times = applied.filter(({ objectRef }) => objectRef?.name === name).length
      // created, and changed by one or both of the revisions that followed
      expect([2, 3]).toContain(times)
      await eventually(() => expect(changesTold(name)).toHaveLength(times))
    }
  })

  it('hides no hand edit: those before, during and after it are undone', async () => {
    const edit = (name: string): Promise<unknown> =>
      scene.client.patch(scene.object('ConfigMap', name), {
        type: 'merge',
        body: { data: { value: 'edited' } },
        fieldManager: 'kubectl-edit',
      })
    await edit('app-0')
    own.control.kill('kube-apiserver')
    await own.control.exited('kube-apiserver')
    await own.control.start('kube-apiserver')
    await edit('app-1')
    await scene.client.delete(scene.object('ConfigMap', 'app-2'))
    for (const name of ['app-0', 'app-1', 'app-2'])
      await scene.untilLive(scene.object('ConfigMap', name), (obj) => JSON.stringify(obj['data']) === '{"value":"3"}')
    expect(await values()).toEqual(names.map(() => ({ value: '3' })))
  })
})
