// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { conditionsOf, configMap, Scene } from './harness.ts'
import type { ArtifactFault } from './artifact-source.ts'

// one worker: whatever holds it while it waits holds up everything
let scene: Scene
let impatient: Scene
const timers: NodeJS.Timeout[] = []
let cut = 0
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--concurrent=1'] })
  impatient = await Scene.open({ flags: ['--http-retry=1'] })
  impatient.source.fault = (request, response) => {
    if (request.url?.includes('/trickling/') === true) {
      response.writeHead(200, { 'content-length': '1000000' })
      timers.push(setInterval(() => response.write('x'), 500))
    } else {
      cut += 1
      request.socket.destroy()
    }
    return true
  }
  // a timeout is half a minute at least: the last test looks at its end
  await impatient.deploy('trickling', { 'a.yaml': configMap('trickling') }, { timeout: '30s' })
})
afterAll(async () => {
  for (const timer of timers) clearInterval(timer)
  await scene[Symbol.asyncDispose]()
  await impatient[Symbol.asyncDispose]()
})

/** Has the server treat the artifacts of that source so. */
function fault(source: string, answer: ArtifactFault): void {
  scene.source.fault = (request, response) => request.url?.includes(`/${source}/`) === true && answer(request, response)
}

const errorsAbout = (name: string): string[] =>
  scene.receiver.of(name).flatMap(({ severity, message }) => (severity === 'error' ? [message] : []))

describe('a file server', () => {
  it('that is in trouble is asked again, without an event, and without holding a worker', async () => {
    fault('flaky', (_request, response) => {
      response.writeHead(503).end('not now')
      return true
    })
    const revision = await scene.deploy('flaky', { 'a.yaml': configMap('flaky') })
    const waiting = await scene.untilFailed('flaky', 'ArtifactFailed')
    expect(conditionsOf(waiting)).toEqual({
      Ready: ['False', 'ArtifactFailed', expect.stringMatching(/^failed to download archive: .* 503, retrying in 5s$/)],
      Reconciling: ['True', 'ProgressingWithRetry', expect.any(String)],
    })
    const other = await scene.deploy('other', { 'a.yaml': configMap('other') })
    await scene.untilReady('other', other)
    expect(conditionsOf(await scene.get('flaky'))['Ready']?.[1]).toBe('ArtifactFailed')
    scene.source.fault = undefined
    await scene.untilReady('flaky', revision)
    expect(errorsAbout('flaky')).toEqual([])
  })

  it('that cuts the connection is asked again', async () => {
    let cuts = 1
    fault('cut', (_request, response) => {
      if (cuts-- <= 0) return false
      response.writeHead(200, { 'content-length': '1000000' })
      response.write('x'.repeat(1000), () => response.destroy())
      return true
    })
    const revision = await scene.deploy('cut', { 'a.yaml': configMap('cut') })
    await scene.untilFailed('cut', 'ArtifactFailed', /^failed to download archive: .*, retrying in 5s$/)
    await scene.untilReady('cut', revision)
    expect(errorsAbout('cut')).toEqual([])
  })

  it('that stays in trouble is a failure with an event once the tries are used up', async () => {
    await impatient.deploy('down', { 'a.yaml': configMap('down') })
    const failed = await impatient.untilFailed('down', 'ArtifactFailed', /^failed to download archive: (?!.*retrying)/)
    expect(cut).toBe(2)
    expect(failed.status).not.toHaveProperty('lastAttemptedRevision')
    expect(await impatient.untilEvent('down', 'ArtifactFailed', /^failed to download archive/)).toHaveLength(1)
  })

  it('that refuses is a failure at once', async () => {
    fault('refused', (_request, response) => {
      response.writeHead(403).end()
      return true
    })
    const before = scene.source.requests
    await scene.deploy('refused', { 'a.yaml': configMap('refused') })
    await scene.untilFailed('refused', 'ArtifactFailed', /403$/)
    expect(scene.source.requests - before).toBe(1)
    expect(await scene.untilEvent('refused', 'ArtifactFailed')).toHaveLength(1)
  })

  it('that trickles is given up after the timeout', async () => {
    const words = /^failed to download archive: not complete after 30s(?:, retrying in 5s)?$/
    const waiting = await impatient.untilFailed('trickling', 'ArtifactFailed', words)
    expect(waiting.status).not.toHaveProperty('inventory')
  })
})
