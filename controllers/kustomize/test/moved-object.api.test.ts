// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject, Kustomization } from '@tidelock/api'
import { configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const source = (name: string) => ({ sourceRef: { kind: 'GitRepository' as const, name } })

function ownerOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.['kustomize.toolkit.fluxcd.io/name']
}

function names({ status }: Kustomization): string[] {
  return (status?.inventory?.entries ?? []).map(({ id }) => id.split('_')[1] ?? '')
}

/** Where the object is: in the folder of the old owner or in that of the new one. */
const moving = (id: string, inFolder: 'old' | 'new') => ({
  'old/stays.yaml': configMap(`${id}-old`),
  'new/stays.yaml': configMap(`${id}-new`),
  [`${inFolder}/moving.yaml`]: configMap(`${id}-moving`, { in: inFolder }),
})

/** Keeps the old owner from running at the revision that moves the object, and lets it run later. */
interface Block {
  readonly spec?: SceneSpec
  /** Files of the revision that moves the object, which block. */
  readonly files?: Readonly<Record<string, string>>
  before?(name: string): Promise<unknown>
  blocked?(name: string): Promise<unknown>
  /** Returns the revision that the old owner then applies, if it is another one. */
  release(name: string): Promise<string | undefined>
}

const blocks: Record<string, () => Block> = {
  'is suspended': () => ({
    before: (name) => scene.patch(name, { spec: { suspend: true } }),
    release: async (name) => {
      await scene.patch(name, { spec: { suspend: false } })
      return undefined
    },
  }),
  'cannot be built': () => ({
    files: { 'old/broken.yaml': 'kind: [' },
    blocked: (name) => scene.untilFailed(name, 'BuildFailed'),
    release: (name) => scene.publish(moving(name.slice('old-'.length), 'new'), { source: name.slice('old-'.length) }),
  }),
}

describe('an object that moved to another Kustomization whose old owner', () => {
  it.each(Object.keys(blocks))('%s keeps its UID', async (what) => {
    const block = blocks[what]!()
    const id = what.replaceAll(' ', '-')
    const [oldOwner, newOwner] = [`old-${id}`, `new-${id}`]
    const first = await scene.publish(moving(id, 'old'), { source: id })
    await scene.create(oldOwner, { ...source(id), path: './old', ...block.spec })
    await scene.create(newOwner, { ...source(id), path: './new' })
    await scene.untilReady(oldOwner, first)
    await scene.untilReady(newOwner, first)
    const ref = scene.object('ConfigMap', `${id}-moving`)
    const before = await scene.client.get(ref)
    expect(ownerOf(before)).toBe(oldOwner)

    await block.before?.(oldOwner)
    const second = await scene.publish({ ...moving(id, 'new'), ...block.files }, { source: id })
    expect(names(await scene.untilReady(newOwner, second))).toEqual([`${id}-moving`, `${id}-new`])
    await block.blocked?.(oldOwner)
    const moved = await scene.client.get(ref)
    expect(ownerOf(moved)).toBe(newOwner)

    const third = (await block.release(oldOwner)) ?? second
    expect(names(await scene.untilReady(oldOwner, third))).toEqual([`${id}-old`])
    await scene.untilReady(newOwner, third)
    expect(await scene.client.get(ref)).toEqual(moved)
    expect(moved.metadata.uid).toBe(before.metadata.uid)
  })
})
