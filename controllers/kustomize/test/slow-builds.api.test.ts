// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import { conditionsOf, configMap, Scene } from './harness.ts'
import type { Files } from './artifact-source.ts'

// one worker, one engine: whatever holds either holds up everything
let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--concurrent=1', '--engine-workers=1'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

/** Bases that name two more each: 2^40 of them. */
function endless(): Files {
  const levels = Array.from({ length: 40 }, (_, index) => index + 1)
  const content = (level: number): string =>
    level === 40 ? 'namespace: x\n' : `resources: [../l${level + 1}, ../r${level + 1}]\n`
  return Object.fromEntries([
    ['kustomization.yaml', 'resources: [l1, r1]\n'],
    ...levels.flatMap((level) => ['l', 'r'].map((side) => [`${side}${level}/kustomization.yaml`, content(level)])),
  ]) as Files
}

describe('a build without end', () => {
  it('holds no worker, says what it is at, and ends with spec.timeout', async () => {
    const names = ['slow-1', 'slow-2']
    for (const name of names) await scene.deploy(name, endless(), { timeout: '30s' })
    for (const name of names)
      await scene.until(name, (obj) => getCondition(obj, 'Reconciling')?.message.startsWith('Building') === true)
    expect(conditionsOf(await scene.get('slow-1'))).toMatchObject({
      Ready: ['Unknown', 'Progressing', 'Reconciliation in progress'],
      Reconciling: [
        'True',
        'Progressing',
        expect.stringMatching(/^Building manifests for revision .* timeout of 30s$/),
      ],
    })
    const revision = await scene.deploy('quick', { 'a.yaml': configMap('quick') })
    await scene.untilReady('quick', revision)
    expect(getCondition(await scene.get('slow-2'), 'Ready')?.status).toBe('Unknown')
    await scene.untilFailed('slow-1', 'BuildFailed', /did not end within 30000 ms/, 120_000)
    // another revision does away with what is under way
    const mended = await scene.publish({ 'a.yaml': configMap('mended') }, { source: 'slow-2' })
    await scene.untilReady('slow-2', mended)
  }, 240_000)
})
