// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { getCondition, gitRepositoryKind, kustomizationKind } from '@tidelock/api'
import type { KubeObject, Kustomization } from '@tidelock/api'
import { eventually, startRegistry } from '@tidelock/testkit'
import type { Registry } from '@tidelock/testkit'
import { cloneRepository } from '../harness/clone.ts'
import type { Clone } from '../harness/clone.ts'
import { tidelock } from '../harness/command.ts'
import { expectReady, getObject, messageOf } from '../harness/objects.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

interface Deployment extends KubeObject {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } }
}

const overlay = 'apps/orders/overlays/production/kustomization.yaml'
const kustomizations = 6
const bound = { timeoutMs: 120_000 }
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let up: Up
let clone: Clone

beforeAll(async () => {
  directory = await temporaryDirectory()
  up = await startUp(`${directory.path}/data`)
  await eventually(() => expectReady(up.client, kustomizationKind, kustomizations), bound)
  clone = await cloneRepository(up.state.gitUrl, directory.path)
})
afterAll(async () => {
  await up.stop()
  await directory.remove()
})

const production = async (name: string): Promise<Deployment> =>
  up.client.get<Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'production', name })

async function expectApplied(name: string, commit: string): Promise<void> {
  const { status } = await getObject<Kustomization>(up.client, kustomizationKind, name)
  expect(status?.lastAppliedRevision).toBe(`main@sha1:${commit}`)
}

describe('a pushed commit', () => {
  it('becomes live without waiting for the interval', async () => {
    await clone.edit('apps/storefront/overlays/production/kustomization.yaml', 'count: 2', 'count: 5')
    const commit = await clone.push('Run five storefronts')
    await eventually(async () => expect((await production('storefront')).spec.replicas).toBe(5), bound)
    await eventually(() => expectApplied('storefront-production', commit), bound)
    await eventually(() => expectReady(up.client, kustomizationKind, kustomizations), bound)
  })

  it('that breaks one overlay says so, names the file, and leaves everything else as it is', async () => {
    const before = await production('orders')
    await clone.edit(overlay, 'resources:', 'resources:\n  - misspelt.yaml')
    await clone.edit('apps/storefront/overlays/staging/kustomization.yaml', 'resources:', '# still fine\nresources:')
    const commit = await clone.push('Break the orders')
    await eventually(async () => {
      const broken = await getObject<Kustomization>(up.client, kustomizationKind, 'orders-production')
      expect(getCondition(broken, 'Ready')).toMatchObject({ status: 'False', reason: 'BuildFailed' })
      expect(messageOf(broken)).toContain('misspelt.yaml')
    }, bound)
    // the other stage goes on to the new commit, and what runs stays
    for (const name of ['infrastructure', 'orders-staging', 'storefront-staging'])
      await eventually(() => expectApplied(name, commit), bound)
    await expectReady(up.client, gitRepositoryKind, 1)
    const after = await production('orders')
    expect({ uid: after.metadata.uid, spec: after.spec }).toEqual({ uid: before.metadata.uid, spec: before.spec })
    // what depends on the broken one waits for it
    await eventually(async () => {
      const dependent = await getObject<Kustomization>(up.client, kustomizationKind, 'storefront-production')
      expect(getCondition(dependent, 'Ready')).toMatchObject({ status: 'False', reason: 'DependencyNotReady' })
      expect(messageOf(dependent)).toContain('flux-system/orders-production')
    }, bound)
  })

  it('that mends it brings everything to that commit', async () => {
    await clone.edit(overlay, '\n  - misspelt.yaml', '')
    const commit = await clone.push('Mend the orders')
    await eventually(() => expectReady(up.client, kustomizationKind, kustomizations), bound)
    for (const name of ['orders-production', 'storefront-production']) {
      const { status } = await getObject<Kustomization>(up.client, kustomizationKind, name)
      expect(status?.lastAppliedRevision).toBe(`main@sha1:${commit}`)
    }
  })

  it('with YAML that cannot be read names the file too', async () => {
    const commit = await clone.push('Write bad YAML', { 'apps/orders/base/service.yaml': 'kind: Service\n  bad: [\n' })
    for (const name of ['orders-staging', 'orders-production']) {
      await eventually(async () => {
        const broken = await getObject<Kustomization>(up.client, kustomizationKind, name)
        expect(broken.status?.lastAttemptedRevision).toBe(`main@sha1:${commit}`)
        expect(getCondition(broken, 'Ready')).toMatchObject({ status: 'False', reason: 'BuildFailed' })
        expect(messageOf(broken)).toContain('service.yaml')
      }, bound)
    }
  })
})

describe('a pushed artifact', () => {
  const flux = { namespace: 'flux-system', name: 'pushed' }
  const source = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository' }

  async function push(registry: Registry, text: string, revision: string): Promise<void> {
    const path = await mkdtemp(join(directory.path, 'artifact-'))
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'pushed', namespace: 'default' },
      data: { text },
    }
    await writeFile(join(path, 'config.json'), JSON.stringify(config))
    await writeFile(join(path, 'kustomization.yaml'), 'resources: [config.json]\n')
    const origin = [`--path=${path}`, '--source=https://git.example.com/app.git', `--revision=${revision}`]
    const { code, stderr } = await tidelock(['push', 'artifact', `oci://${registry.host}/org/app:latest`, ...origin])
    if (code !== 0) throw new Error(stderr)
  }

  async function expectText(text: string, originRevision: string): Promise<void> {
    const { status } = await getObject<Kustomization>(up.client, kustomizationKind, flux.name)
    expect(status?.lastAppliedOriginRevision).toBe(originRevision)
    const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'pushed' }
    expect(await up.client.get(config)).toMatchObject({ data: { text } })
  }

  it('becomes live, and says what it was made of', async () => {
    await using registry = await startRegistry()
    await push(registry, 'one', 'main@sha1:aaaa')
    const spec = { interval: '1h', url: `oci://${registry.host}/org/app` }
    await up.client.create({ ...source, metadata: flux, spec })
    await up.client.create({
      ...{ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: flux },
      spec: { interval: '1h', prune: true, sourceRef: { kind: 'OCIRepository', name: flux.name } },
    })
    await eventually(() => expectText('one', 'main@sha1:aaaa'), bound)
    await push(registry, 'two', 'main@sha1:bbbb')
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' }
    await up.client.patch({ ...source, ...flux }, { type: 'merge', body: { metadata: { annotations } } })
    await eventually(() => expectText('two', 'main@sha1:bbbb'), bound)
    const { status } = await getObject<Kustomization>(up.client, kustomizationKind, flux.name)
    expect(status?.lastAppliedRevision).toMatch(/^latest@sha256:/)
  })
})
