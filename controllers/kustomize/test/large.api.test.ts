// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { configMap, Scene } from './harness.ts'

const count = 3000
const files = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`app/${i}.yaml`, configMap(`c${i}`, i === 7 ? data : {})]),
  )

it('a Kustomization of 3,000 objects is applied, changed in one place, and pruned', async () => {
  await using scene = await Scene.open({ flags: ['--concurrent-ssa=20'] })
  const first = await scene.deploy('large', files({}), { path: './app' })
  const created = await scene.untilReady('large', first, 240_000)
  expect(created.status?.inventory?.entries).toHaveLength(count)
  const event = (await scene.untilEvent('large', 'Progressing', /created/))[0]
  // the bound of the event API
  expect(event?.message).toHaveLength(39_000)
  const second = await scene.publish(files({ at: 'second' }), { source: 'large' })
  await scene.untilReady('large', second, 120_000)
  const changed = (await scene.untilEvent('large', 'Progressing', /configured/)).filter(({ message }) =>
    message.includes('configured'),
  )
  expect(changed.map(({ message }) => message)).toEqual([`ConfigMap/${scene.namespace}/c7 configured`])
  const third = await scene.publish({ 'app/0.yaml': configMap('c0', {}) }, { source: 'large' })
  const pruned = await scene.untilReady('large', third, 240_000)
  expect(pruned.status?.inventory?.entries).toHaveLength(1)
}, 660_000)
