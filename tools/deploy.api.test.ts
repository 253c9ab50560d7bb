// SPDX-License-Identifier: Apache-2.0
// deploy/ as a user installs it, laid over with another namespace that enforces the restricted Pod Security standard.
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { KustomizeEngine, ensureWasm } from '@tidelock/kustomize-wasm'
import { eventually, testCluster } from '@tidelock/testkit'

const root = resolve(import.meta.dirname, '..')
const namespace = `deploy-${randomBytes(4).toString('hex')}`
const overlay = {
  resources: ['../deploy'],
  namespace,
  patches: [
    {
      target: { kind: 'Namespace' },
      patch: JSON.stringify([
        { op: 'add', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'restricted' },
      ]),
    },
  ],
}

let client: KubeClient
let objects: KubeObject[]

beforeAll(async () => {
  ;({ client } = await testCluster())
  objects = await buildOverlay()
  for (const object of objects) {
    await client.apply(object, { fieldManager: 'deploy-test', force: true, fieldValidation: 'Strict' })
  }
})
afterAll(async () => {
  // what is cluster-wide would outlive the test in a cluster that is kept
  for (const { apiVersion, kind, metadata } of objects.filter((object) => isOurs(object)))
    await client.delete({ apiVersion, kind, name: metadata.name })
})

const isOurs = ({ kind, metadata }: KubeObject): boolean =>
  metadata.namespace === undefined && kind !== 'CustomResourceDefinition' && !metadata.name.startsWith('flux-')

async function buildOverlay(): Promise<KubeObject[]> {
  const { TIDELOCK_CACHE, XDG_CACHE_HOME } = process.env
  const cacheDir = TIDELOCK_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidelock')
  const tree = await mkdtemp(join(tmpdir(), 'tidelock-deploy-'))
  try {
    for (const directory of ['deploy', 'crds'])
      await cp(join(root, directory), join(tree, directory), { recursive: true })
    await mkdir(join(tree, 'overlay'))
    await writeFile(join(tree, 'overlay/kustomization.yaml'), JSON.stringify(overlay))
    await using engine = new KustomizeEngine({ wasmPath: await ensureWasm({ cacheDir }), workers: 1 })
    const built = await engine.build({ root: tree, path: 'overlay' })
    return built.objects.map(({ object }) => object as unknown as KubeObject)
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

describe('deploy/', () => {
  it('carries the labels by which Flux’s tools find an installation', () => {
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'flux' })
  })

  it.each(['source-controller', 'kustomize-controller', 'notification-controller'])(
    'has pods of %s admitted and running',
    async (name) => {
      const ready = await eventually(async () => {
        const found = await client.get<KubeObject & { status?: { readyReplicas?: number } }>({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          namespace,
          name,
        })
        expect(found.status?.readyReplicas).toBe(1)
        return found
      })
      expect(ready.metadata.labels).toMatchObject({ 'app.kubernetes.io/component': name })
    },
  )

  it('leads port 80 of the Service to the file server', async () => {
    const kind = {
      group: 'discovery.k8s.io',
      version: 'v1',
      kind: 'EndpointSlice',
      plural: 'endpointslices',
      namespaced: true,
    }
    await eventually(async () => {
      const { items } = await client.list<KubeObject & { ports?: object[]; endpoints?: object[] }>(kind, {
        namespace,
        labelSelector: 'kubernetes.io/service-name=source-controller',
      })
      expect(items.map(({ ports, endpoints }) => [ports, endpoints?.length])).toEqual([
        [[{ name: 'http', port: 9090, protocol: 'TCP' }], 1],
      ])
    })
  })

  it.each([
    { account: 'source-controller', verb: 'get', resource: 'secrets', allowed: true },
    { account: 'source-controller', verb: 'list', resource: 'secrets', allowed: false },
    { account: 'source-controller', verb: 'create', resource: 'configmaps', allowed: false },
    { account: 'kustomize-controller', verb: 'create', resource: 'configmaps', allowed: true },
  ])('lets $account $verb $resource: $allowed', async ({ account, verb, resource, allowed }) => {
    const review = await client.create<KubeObject & { status?: { allowed: boolean } }>({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { name: '' },
      spec: {
        user: `system:serviceaccount:${namespace}:${account}`,
        resourceAttributes: { namespace: 'default', verb, resource },
      },
    })
    expect(review.status?.allowed).toBe(allowed)
  })
})
