// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ObjectRef } from '@tidelock/kube'
import { configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

const run = promisify(execFile)

/** A file server that knows nothing of indexes, as a source controller other than ours is one. */
let server: Server
const bodies = new Map<string, Buffer>()
let scene: Scene
beforeAll(async () => {
  server = createServer((request, response) => {
    const body = bodies.get(request.url ?? '')
    response.statusCode = body === undefined ? 404 : 200
    response.end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  scene = await Scene.open({ flags: ['--feature-gates=ExternalArtifact=true'] })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  server.close()
})

type SourceKind = NonNullable<NonNullable<SceneSpec['sourceRef']>['kind']>

const specs: Readonly<Record<string, object>> = {
  OCIRepository: { interval: '1h', url: 'oci://example.com/manifests' },
  Bucket: { interval: '1h', bucketName: 'manifests', endpoint: 's3.example.com' },
  ExternalArtifact: {},
  GitRepository: { interval: '1h', url: 'https://example.com/app.git' },
}

async function pack(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'artifact-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    const { stdout } = await run('tar', ['-czf', '-', '-C', directory, '.'], { encoding: 'buffer' })
    return stdout
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** Publishes the files as another controller would: object, file, status. */
async function publish(
  on: Scene,
  { kind, name }: { kind: string; name: string },
  revision: string,
  files: Readonly<Record<string, string>>,
  more: { metadata?: Record<string, string>; host?: string } = {},
): Promise<void> {
  const body = await pack(files)
  const path = `${kind.toLowerCase()}/${on.namespace}/${name}/${encodeURIComponent(revision)}.tar.gz`
  bodies.set(`/${path}`, body)
  const { host = `127.0.0.1:${(server.address() as AddressInfo).port}` } = more
  const artifact = {
    digest: `sha256:${createHash('sha256').update(body).digest('hex')}`,
    lastUpdateTime: new Date().toISOString().replace(/\.\d+/, ''),
    path,
    revision,
    size: body.length,
    url: `http://${host}/${path}`,
    metadata: more.metadata ?? null,
  }
  const ref: ObjectRef = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind, namespace: on.namespace, name }
  if ((await on.client.find(ref)) === undefined) {
    const { apiVersion } = ref
    await on.client.create({ apiVersion, kind, metadata: { name, namespace: on.namespace }, spec: specs[kind] })
  }
  await on.client.patch(ref, { type: 'merge', subresource: 'status', body: { status: { artifact } } })
}

describe('a source of another controller', () => {
  it.each<[SourceKind, string, string]>([
    ['OCIRepository', `latest@sha256:${'a'.repeat(64)}`, `latest@sha256:${'b'.repeat(64)}`],
    ['Bucket', `sha256:${'c'.repeat(64)}`, `sha256:${'d'.repeat(64)}`],
    ['ExternalArtifact', `latest@sha256:${'e'.repeat(64)}`, `v2@sha256:${'f'.repeat(64)}`],
  ])('of kind %s is applied, and followed to its next revision', async (kind, first, second) => {
    const name = kind.toLowerCase()
    const files = (at: string) => ({ 'app/a.yaml': configMap(name, { at }), 'other/b.yaml': configMap('never') })
    await publish(scene, { kind, name }, first, files('first'))
    const sourceRef = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind, name }
    await scene.create(name, { sourceRef, path: './app' })
    await scene.untilReady(name, first)
    await publish(scene, { kind, name }, second, files('second'))
    const { status } = await scene.untilReady(name, second)
    expect(status).not.toHaveProperty('lastAppliedOriginRevision')
    expect((await scene.client.get(scene.object('ConfigMap', name)))['data']).toEqual({ at: 'second' })
    expect(status?.inventory?.entries.map(({ id }) => id)).toEqual([`${scene.namespace}_${name}__ConfigMap`])
  })

  it('tells the revision at the origin in status, history and events, as long as it has one', async () => {
    const origin = `main@sha1:${'1'.repeat(40)}`
    const revision = `latest@sha256:${'2'.repeat(64)}`
    const source = { kind: 'OCIRepository', name: 'origin' } as const
    const metadata = {
      'org.opencontainers.image.revision': origin,
      'org.opencontainers.image.source': 'https://gitlab.com/group/app.git',
    }
    await publish(scene, source, revision, { 'a.yaml': configMap('origin') }, { metadata })
    await scene.create('origin', { sourceRef: source })
    const { status } = await scene.untilReady('origin', revision)
    expect(status?.lastAppliedOriginRevision).toBe(origin)
    expect(status?.history?.[0]?.metadata).toEqual({ revision, originRevision: origin })
    const [event] = await scene.untilEvent('origin', 'ReconciliationSucceeded')
    const group = 'kustomize.toolkit.fluxcd.io'
    expect(event?.metadata).toMatchObject({
      [`${group}/revision`]: revision,
      [`${group}/originRevision`]: origin,
      [`${group}/commitUrl`]: `https://gitlab.com/group/app/-/commit/${'1'.repeat(40)}`,
    })
    const next = `latest@sha256:${'3'.repeat(64)}`
    await publish(scene, source, next, { 'a.yaml': configMap('origin') })
    expect((await scene.untilReady('origin', next)).status).not.toHaveProperty('lastAppliedOriginRevision')
  })
})

it('the gate DirectSourceFetch reads the source from the API server', async () => {
  await using direct = await Scene.open({ flags: ['--feature-gates=DirectSourceFetch=true'] })
  const source = { kind: 'GitRepository', name: 'direct' } as const
  await direct.create('direct', { sourceRef: source, retryInterval: '1s' })
  await direct.untilFailed('direct', 'ArtifactFailed', /"direct" not found$/)
  await publish(direct, source, `main@sha1:${'4'.repeat(40)}`, { 'a.yaml': configMap('direct') })
  await direct.untilReady('direct', `main@sha1:${'4'.repeat(40)}`)
  expect(await direct.client.get(direct.object('ConfigMap', 'direct'))).toHaveProperty('data', { key: 'value' })
  expect(direct.log.join('')).toContain('sources are read from the API server')
})

it('SOURCE_CONTROLLER_LOCALHOST and SOURCE_WATCHER_LOCALHOST replace the hosts of their artifacts', async () => {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  await using moved = await Scene.open({
    flags: ['--feature-gates=ExternalArtifact=true'],
    env: { SOURCE_CONTROLLER_LOCALHOST: host, SOURCE_WATCHER_LOCALHOST: host },
  })
  for (const [kind, of] of [
    ['GitRepository', 'source-controller'],
    ['ExternalArtifact', 'source-watcher'],
  ] as const) {
    const revision = `main@sha1:${'5'.repeat(40)}`
    await publish(moved, { kind, name: of }, revision, { 'a.yaml': configMap(of) }, { host: `${of}.flux-system.svc` })
    await moved.create(of, { sourceRef: { kind, name: of } })
    expect((await moved.untilReady(of, revision)).status?.lastAppliedRevision).toBe(revision)
  }
})
