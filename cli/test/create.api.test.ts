// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { apiVersionOf, gitRepositoryKind, kustomizationKind } from '@tidelock/api'
import type { GitRepository, Kind, KubeObject, Kustomization } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { createNamespace, eventually, installCrds, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { exitCodeOf } from '../src/errors.ts'
import { createProgram } from '../src/index.ts'

let cluster: TestCluster
let namespace: string
const revision = 'main@sha1:2f4b2c1d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b'

beforeAll(async () => {
  cluster = await testCluster()
  await installCrds(cluster.client)
})
beforeEach(async () => {
  namespace = await createNamespace(cluster.client, 'cli')
})

interface Running {
  readonly ended: Promise<number>
  readonly err: () => string
}

/** Runs a command line in the namespace of the test and the directory of the test data. */
function start(line: string): Running {
  let err = ''
  const program = createProgram({
    ...{ env: process.env, home: homedir(), cwd: join(import.meta.dirname, '../testdata/create'), self: 'tidelock' },
    ...{ terminal: undefined, colors: false, results: { colors: false, columns: undefined } },
    out: () => undefined,
    err: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  const words = ['--kubeconfig', cluster.kubeconfigPath, '-n', namespace, ...line.split(' ')]
  const ended = program.parseAsync(words, { from: 'user' }).then(
    () => 0,
    (error: unknown) => {
      err += `✗ ${errorMessage(error)}\n`
      return exitCodeOf(error)
    },
  )
  return { ended, err: () => err }
}

const get = <T extends KubeObject>(kind: Pick<Kind, 'group' | 'version' | 'kind'>, name: string): Promise<T> =>
  cluster.client.get<T>({ apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name })

/** Does what a controller does in the end. */
async function makeReady(kind: Kind, name: string, status: object): Promise<void> {
  const { metadata } = await get(kind, name)
  const observedGeneration = metadata.generation
  const condition = { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'all is well', observedGeneration }
  const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }]
  const ref = { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name }
  const body = { status: { observedGeneration, conditions, ...status } }
  await cluster.client.patch(ref, { type: 'merge', body, subresource: 'status', fieldManager: 'test' })
}

const secretKind = { group: '', version: 'v1', kind: 'Secret' }

async function secretOf(name: string): Promise<Record<string, string>> {
  const { data } = await get<KubeObject & { data: Record<string, string> }>(secretKind, name)
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

describe('create', () => {
  it('makes a source with its credentials, waits for it, and updates it', async () => {
    const line = 'create source git fleet --url=https://example.com/fleet --label=team=a --username=git --password=word'
    const first = start(`${line} --branch=main`)
    await eventually(() => expect(first.err()).toContain('◎ waiting'))
    const artifact = {
      ...{ digest: `sha256:${'0'.repeat(64)}`, path: 'x', revision, url: 'http://example.com/x' },
      lastUpdateTime: '2026-01-01T00:00:00Z',
    }
    await makeReady(gitRepositoryKind, 'fleet', { artifact })
    expect(await first.ended).toBe(0)
    const notes = (done: string): string =>
      [
        '✚ generating GitRepository source\n► applying secret with repository credentials\n✔ authentication configured\n',
        `► applying GitRepository source\n✔ GitRepository source ${done}\n`,
        '◎ waiting for GitRepository source reconciliation\n✔ GitRepository source reconciliation completed\n',
        `✔ fetched revision: ${revision}\n`,
      ].join('')
    expect(first.err()).toBe(notes('created'))
    expect(await secretOf('fleet')).toEqual({ username: 'git', password: 'word' })

    const second = start(`${line.replace('team=a', 'team=b')} --tag=1.0`)
    await eventually(() => expect(second.err()).toContain('◎ waiting'))
    await makeReady(gitRepositoryKind, 'fleet', { artifact })
    expect(await second.ended).toBe(0)
    expect(second.err()).toBe(notes('updated'))
    const { metadata, spec } = await get<GitRepository>(gitRepositoryKind, 'fleet')
    expect(metadata.labels).toEqual({ team: 'b' })
    expect(spec).toMatchObject({ ref: { tag: '1.0' }, secretRef: { name: 'fleet' }, interval: '1m0s' })
    expect(spec.ref).not.toHaveProperty('branch')
  })

  it('makes a Kustomization', async () => {
    const { ended, err } = start('create ks apps --source=fleet --path=./apps --prune=true --interval=10m')
    await eventually(() => expect(err()).toContain('◎ waiting'))
    await makeReady(kustomizationKind, 'apps', { lastAppliedRevision: revision })
    expect(await ended).toBe(0)
    expect(err()).toBe(
      [
        '✚ generating Kustomization\n► applying Kustomization\n✔ Kustomization created\n',
        '◎ waiting for Kustomization reconciliation\n✔ Kustomization apps is ready\n',
        `✔ applied revision ${revision}\n`,
      ].join(''),
    )
    const { spec } = await get<Kustomization>(kustomizationKind, 'apps')
    const sourceRef = { kind: 'GitRepository', name: 'fleet' }
    expect(spec).toMatchObject({ interval: '10m0s', path: './apps', prune: true, sourceRef })
  })

  it('says what it waited for in vain', async () => {
    const { ended, err } = start('create source oci shop --url=oci://example.com/shop --tag=1 --timeout=1s')
    expect(await ended).toBe(1)
    expect(err()).toContain('► applying OCIRepository\n✔ OCIRepository created\n')
    expect(err()).toContain('✗ not ready within 1s (--timeout): waiting to be reconciled\n')
  })

  it('tells what the server refuses', async () => {
    const { ended, err } = start('create source oci shop --url=https://example.com/shop --tag=1')
    expect(await ended).toBe(1)
    expect(err()).toContain('✗ OCIRepository.source.toolkit.fluxcd.io "shop" is invalid: spec.url: ')
  })
})

describe('create secret', () => {
  it('makes it, and sets values in the one that is there', async () => {
    const first = start('create secret proxy egress --address=http://a:1 --username=u --password=p --label=a=b')
    expect(await first.ended).toBe(0)
    expect(first.err()).toBe(`► proxy secret 'egress' created in '${namespace}' namespace\n`)
    expect(await start('create secret proxy egress --address=http://b:1 --label=c=d').ended).toBe(0)
    expect(await secretOf('egress')).toEqual({ address: 'http://b:1', username: 'u', password: 'p' })
    const { metadata, type } = await get<KubeObject & { type: string }>(secretKind, 'egress')
    expect({ labels: metadata.labels, type }).toEqual({ labels: { a: 'b', c: 'd' }, type: 'Opaque' })
  })

  it.each([
    ['oci auth --url=ghcr.io --username=a --password=b', 'kubernetes.io/dockerconfigjson'],
    ['tls auth --tls-crt-file=client.crt --tls-key-file=client.key', 'kubernetes.io/tls'],
    ['git auth --url=https://example.com --bearer-token=t', 'Opaque'],
    ['githubapp auth --app-id=1 --app-installation-id=2 --app-private-key=client.key', 'Opaque'],
    ['receiver auth --type=github --hostname=example.com', 'Opaque'],
  ])('%s has the type %s', async (line, type) => {
    expect(await start(`create secret ${line}`).ended).toBe(0)
    expect(await get(secretKind, 'auth')).toMatchObject({ type })
  })
})
