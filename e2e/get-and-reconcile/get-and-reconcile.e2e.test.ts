// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { apiVersionOf, gitRepositoryKind, kustomizationKind } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { parse } from 'yaml'
import { tidelock } from '../harness/command.ts'
import type { Ended } from '../harness/command.ts'
import { expectReady, getObject } from '../harness/objects.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let up: Up

beforeAll(async () => {
  directory = await temporaryDirectory()
  up = await startUp(join(directory.path, 'tidelock/local'))
  await eventually(() => expectReady(up.client, kustomizationKind, 6), { timeoutMs: 60_000 })
})
afterAll(async () => {
  await up.stop()
  await directory.remove()
})

// no cluster is named: the one of `up` on the default data directory is meant
const run = (...args: string[]): Promise<Ended> => tidelock(args, { env: { XDG_DATA_HOME: directory.path } })
/** The rows of a table, with a bar between cells and no blanks around them. */
const lines = ({ stdout }: Ended): string[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) =>
      line
        .split('\t')
        .map((cell) => cell.trim())
        .join('|'),
    )

describe('tidelock get', () => {
  it('lists the objects of a kind as a table', async () => {
    const found = await run('get', 'kustomizations')
    const [header, first, ...rest] = lines(found)
    expect(header).toBe('NAME|REVISION|SUSPENDED|READY|MESSAGE')
    expect(first).toMatch(/^fleet\|main@sha1:[0-9a-f]{8}\|False\|True\|Applied revision: main@sha1:[0-9a-f]{8}\|$/)
    expect(rest).toHaveLength(5)
    expect(found).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(['sources git', 'gitrepo', 'source git'])('knows %s', async (words) => {
    const found = lines(await run('get', ...words.split(' '), '--no-header'))
    expect(found).toEqual([expect.stringMatching(/^fleet\|main@sha1:.*\|False\|True\|stored artifact for revision/)])
  })

  it('looks in all namespaces, and for all kinds', async () => {
    expect(lines(await run('get', 'ks', '-A'))[1]).toMatch(/^flux-system\|fleet\|main@sha1:/)
    const all = lines(await run('get', 'all'))
    const row = (start: string): unknown => expect.stringMatching(new RegExp(`^${start}\\|`))
    expect(all).toEqual(expect.arrayContaining([row('gitrepository/fleet'), row('kustomization/orders-staging')]))
  })

  it('prints objects as JSON and YAML', async () => {
    const one = JSON.parse((await run('get', 'ks', 'fleet', '-o', 'json')).stdout) as Kustomization
    expect(one).toMatchObject({ apiVersion: apiVersionOf(kustomizationKind), kind: 'Kustomization' })
    expect(one.metadata.managedFields).toBeUndefined()
    const list = parse((await run('get', 'ks', '-o', 'yaml')).stdout) as { kind: string; items: Kustomization[] }
    expect(list.kind).toBe('List')
    expect(list.items.map(({ metadata }) => metadata.name)).toContain('fleet')
  })

  it('shows an object that no controller has seen', async () => {
    const metadata = { name: 'unseen', namespace: 'default', labels: { 'sharding.example.com/key': 'other' } }
    const spec = { interval: '1m', url: 'http://127.0.0.1:9/none.git', suspend: true }
    await up.client.create({ apiVersion: apiVersionOf(gitRepositoryKind), kind: 'GitRepository', metadata, spec })
    const found = await run('get', 'sources', 'git', '-n', 'default', '-l', 'sharding.example.com/key=other')
    expect(lines(found)[1]).toBe('unseen||True|False|waiting to be reconciled|')
  })

  it.each([
    [['get', 'helmreleases'], "unknown command 'helmreleases'"],
    [['get', 'ks', 'absent'], `Kustomization object 'absent' not found in "flux-system" namespace`],
    [
      ['get', 'ks', '-o', 'wide'],
      "'-o, --output <format>' argument 'wide' is invalid. Allowed choices are json, yaml.",
    ],
    [['get', 'ks', 'fleet', 'apps'], 'Expected 1 argument but got 2'],
    [['get', 'ks', '--kubeconfig', '/nowhere'], '/nowhere'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stdout, stderr } = await run(...args)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  it('fails when there is nothing, as flux does', async () => {
    const { code, stderr } = await run('get', 'ks', '-n', 'default')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '✗ no Kustomization objects found in "default" namespace\n' })
    expect(await run('get', 'sources', 'all', '-n', 'kube-public')).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })
})

describe('tidelock reconcile', () => {
  it('asks for a run of a source, and waits for its end', async () => {
    const { code, stderr } = await run('reconcile', 'source', 'git', 'fleet')
    expect(stderr).toMatch(
      /► annotating GitRepository fleet in flux-system namespace\n(.*\n)+✔ fetched revision main@sha1:/,
    )
    expect(code).toBe(0)
  })

  it('reconciles the source of a Kustomization first', async () => {
    const before = await getObject<Kustomization>(up.client, kustomizationKind, 'fleet')
    const { code, stderr } = await run('reconcile', 'kustomization', 'fleet', '--with-source')
    expect(stderr).toMatch(/✔ fetched revision main@sha1:.*\n(.*\n)+✔ applied revision main@sha1:/)
    expect(code).toBe(0)
    const after = await getObject<Kustomization>(up.client, kustomizationKind, 'fleet')
    expect(after.status?.lastHandledReconcileAt).not.toBe(before.status?.lastHandledReconcileAt)
  })

  it('fails when the run fails, is not allowed, or does not end', async () => {
    const ref = { apiVersion: apiVersionOf(kustomizationKind), kind: 'Kustomization', namespace: 'flux-system' }
    const body = { spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'fleet' } } }
    await up.client.create({
      ...ref,
      metadata: { name: 'broken', namespace: 'flux-system' },
      spec: { ...body.spec, path: './nowhere' },
    })
    const failed = await run('reconcile', 'kustomization', 'broken')
    expect(failed.stderr).toMatch(/✗ Kustomization reconciliation failed: .*nowhere/)
    expect(failed.code).toBe(1)

    await up.client.patch({ ...ref, name: 'broken' }, { type: 'merge', body: { spec: { suspend: true } } })
    const suspended = await run('reconcile', 'kustomization', 'broken')
    expect(suspended.stderr).toContain(
      "✗ resource is suspended: Kustomization/flux-system/broken; 'tidelock resume kustomization broken -n flux-system'",
    )
    expect(suspended.code).toBe(1)

    const absent = await run('reconcile', 'kustomization', 'absent')
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('"absent" not found') })
  })

  it('gives up after --timeout', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const metadata = { name: 'silent', namespace: 'flux-system' }
    const spec = { interval: '1m', url: `http://127.0.0.1:${port}/none.git` }
    await up.client.create({ apiVersion: apiVersionOf(gitRepositoryKind), kind: 'GitRepository', metadata, spec })
    const { code, stderr } = await run('reconcile', 'source', 'git', 'silent', '--timeout', '1s')
    expect(stderr).toContain('✗ GitRepository/flux-system/silent was not reconciled within 1s (--timeout): ')
    expect(code).toBe(1)
    silent.close()
  })
})

describe('tidelock version', () => {
  it('prints its own and that of the cluster', async () => {
    const both = parse((await run('version')).stdout) as Record<string, string>
    expect(both).toEqual({
      tidelock: expect.stringMatching(/^v\d+\.\d+\.\d+/),
      kubernetes: expect.stringMatching(/^v1\./),
    })
    const { stdout, code } = await run('version', '--client', '-o', 'json', '--kubeconfig', '/nowhere')
    expect(JSON.parse(stdout)).toEqual({ tidelock: both['tidelock'] })
    expect(code).toBe(0)
  })
})
