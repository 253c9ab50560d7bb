// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { FaultPoint } from '@tidelock/runtime'
import { ChildController } from './child-controller.ts'
import { configMap, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ controller: false })
})
afterAll(() => scene[Symbol.asyncDispose]())

async function runUntil(point: FaultPoint, name: string): Promise<void> {
  await using child = new ChildController(scene, point, name)
  await child.killed()
}

/** The versions of the ConfigMaps that exist. */
async function versions(...names: string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of names) {
    const live = await scene.client.find(scene.object('ConfigMap', name))
    if (live !== undefined) found[name] = live.metadata.resourceVersion ?? ''
  }
  return found
}

const created: readonly FaultPoint[] = [
  'run-started',
  'finalizer-added',
  'progress-patched',
  'event-intended',
  'outcome-known',
  'events-spooled',
  'status-patched',
  'events-released',
]

describe('a controller that is killed', () => {
  it.each(created)('at %s of the first run is followed by one that comes to the same end', async (point) => {
    const name = `first-${point}`
    const revision = await scene.deploy(name, { 'a.yaml': configMap(`${name}-a`), 'b.yaml': configMap(`${name}-b`) })
    await runUntil(point, name)
    const left = await versions(`${name}-a`, `${name}-b`)
    scene.startController()
    try {
      const { status } = await scene.untilReady(name, revision)
      expect(status?.inventory?.entries).toHaveLength(2)
      expect(await versions(`${name}-a`, `${name}-b`)).toMatchObject(left)
      const lines = [`ConfigMap/${scene.namespace}/${name}-a created`, `ConfigMap/${scene.namespace}/${name}-b created`]
      await scene.untilEvent(name, 'Progressing', new RegExp(lines.join('\n')))
      await scene.untilEvent(name, 'ReconciliationSucceeded')
    } finally {
      await scene.stopController()
    }
  })
})
