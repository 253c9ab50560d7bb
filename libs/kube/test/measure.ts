// SPDX-License-Identifier: Apache-2.0
// Figures of docs/design/kube-client.md: `node --conditions=source libs/kube/test/measure.ts <kubeconfig>`.
import { fork } from 'node:child_process'
import type { KubeObject } from '@tidelock/api'
import { Informer, KubeClient, loadTarget } from '@tidelock/kube'
import type { ObjectInput } from '@tidelock/kube'
import { FakeApiServer, bookmark, frame } from './fake-api-server.ts'

const events = 20_000
const patches = 3_000

/** CPU milliseconds that the work took in this process, divided by `n`. */
async function cpuPer(n: number, work: () => Promise<void>): Promise<string> {
  const before = process.cpuUsage()
  const start = performance.now()
  await work()
  const { user, system } = process.cpuUsage(before)
  return `${((user + system) / 1000 / n).toFixed(3)} ms CPU, ${((performance.now() - start) / n).toFixed(3)} ms elapsed`
}

function deployment(name: string, namespace: string, image: string): KubeObject {
  const container = { name: 'c', image, env: [{ name: 'A', value: 'x' }], ports: [{ containerPort: 8080 }] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
    },
  }
}

async function measurePatches(kubeconfig: string): Promise<void> {
  const target = await loadTarget({ kubeconfig, env: {} })
  const client = new KubeClient({ target, userAgent: 'measure' })
  const namespace = `measure-${Date.now().toString(36)}`
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const options = { fieldManager: 'kustomize-controller', force: true }
  const objects: ObjectInput[] = Array.from({ length: 50 }, (_, i) => deployment(`d${i}`, namespace, 'x:1'))
  const run = async (total: number, width: number): Promise<void> => {
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < total) await client.apply(objects[next++ % objects.length] as ObjectInput, options)
    }
    await Promise.all(Array.from({ length: width }, worker))
  }
  await run(1_000, 20)
  console.log('SSA patch of a Deployment, one after the other:', await cpuPer(patches, () => run(patches, 1)))
  console.log('SSA patch of a Deployment, 20 at a time:', await cpuPer(patches, () => run(patches, 20)))
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'd0' }
  const get = async (): Promise<void> => {
    for (let i = 0; i < patches; i += 1) await client.get(ref)
  }
  console.log('GET of a Deployment:', await cpuPer(patches, get))
  await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
  await client.close()
}

/** In the child: a server whose watch carries many events. */
async function serveEvents(): Promise<void> {
  const fields = {
    'f:spec': {
      'f:replicas': {},
      'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {} } } } },
    },
  }
  const managedFields = ['kustomize-controller', 'kube-controller-manager'].map((manager) => ({
    manager,
    operation: 'Apply',
    apiVersion: 'apps/v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  }))
  const server = await FakeApiServer.start((request, response) => {
    if (request.path !== '/apis/apps/v1/deployments') return void response.destroy()
    response.writeHead(200).write(bookmark('1', true))
    const metadataOnly = request.headers.accept?.includes('PartialObjectMetadata') === true
    for (let i = 0; i < events; i += 1) {
      const obj = deployment(`d${i % 500}`, 'ns', `x:${i}`)
      Object.assign(obj.metadata, { resourceVersion: String(i + 2), uid: `uid-${i % 500}`, managedFields })
      response.write(frame('MODIFIED', metadataOnly ? { metadata: obj.metadata } : obj))
    }
  })
  process.send?.(server.url)
}

async function measureEvents(url: string): Promise<void> {
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true }
  for (const [name, options] of [
    ['warm-up', {}],
    ['whole objects, frozen', {}],
    ['whole objects, not frozen', { freeze: false }],
    ['metadata only, frozen', { metadataOnly: true }],
    [
      'metadata only, projected to a flat record',
      { metadataOnly: true, freeze: false, project: (obj: KubeObject) => ({ uid: obj.metadata.uid }) },
    ],
  ] as const) {
    const client = new KubeClient({ target: { server: url }, userAgent: 'measure' })
    const stop = new AbortController()
    const informer = new Informer<unknown>({ client, kind, ...options })
    const all = Promise.withResolvers<void>()
    informer.subscribe({ upsert: () => (informer.stats.events === events ? all.resolve() : undefined) })
    const result = await cpuPer(events / 1_000, async () => {
      void informer.start(stop.signal)
      await all.promise
    })
    console.log(`1,000 watch events, ${name}:`, result)
    stop.abort(new Error('measured'))
    await client.close()
  }
}

const [kubeconfig] = process.argv.slice(2)
if (process.send !== undefined) await serveEvents()
else if (kubeconfig === undefined) console.error('usage: measure.ts <kubeconfig>')
else {
  const child = fork(new URL(import.meta.url))
  const url = await new Promise<string>((resolve) => child.once('message', (message) => resolve(message as string)))
  await measureEvents(url)
  child.kill()
  await measurePatches(kubeconfig)
}
