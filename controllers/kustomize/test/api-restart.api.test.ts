// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { startLocalCluster } from '@tidelock/local-cluster'
import type { LocalCluster } from '@tidelock/local-cluster'
import { configMap, Scene } from './harness.ts'

const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
const count = 50

let directory: string
let cluster: LocalCluster
let client: KubeClient
let scene: Scene
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kustomize-restart-'))
  const { KUBEBUILDER_ASSETS: assetsDir, PATH: searchPath } = process.env
  cluster = await startLocalCluster({
    dataDir: join(directory, 'cluster'),
    cacheDir,
    components: { scheduler: false, kwok: false, nats: false, controllerManager: false },
    ...(assetsDir === undefined ? {} : { assetsDir }),
    ...(searchPath === undefined ? {} : { searchPath }),
  })
  const { kubeconfigPath, server } = cluster
  const target = await loadTarget({ kubeconfig: kubeconfigPath, env: {} })
  client = new KubeClient({ target, userAgent: 'tidelock-test' })
  scene = await Scene.open({ cluster: { kubeconfigPath, server, natsUrl: '', natsSeedFile: '', client } })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await client.close()
  await cluster.stop()
  await rm(directory, { recursive: true, force: true })
})

const names = Array.from({ length: count }, (_, index) => `app-${index}`)
const files = (value: string) => Object.fromEntries(names.map((name) => [`${name}/a.yaml`, configMap(name, { value })]))

describe('a restart of the API server', () => {
  it('in the middle of a rollout is got over by every Kustomization', async () => {
    const first = await scene.publish(files('1'))
    await Promise.all(names.map((name) => scene.create(name, { path: `./${name}` })))
    await Promise.all(names.map((name) => scene.untilReady(name, first, 50_000)))
    const second = await scene.publish(files('2'))
    await cluster.restart('kube-apiserver')
    await Promise.all(names.map((name) => scene.untilReady(name, second, 50_000)))
  })
})
