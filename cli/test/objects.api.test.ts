// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import { homedir } from 'node:os'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  alertKind,
  apiVersionOf,
  gitRepositoryKind,
  kustomizationKind,
  ociRepositoryKind,
  providerKind,
  receiverKind,
} from '@tidelock/api'
import type { Kind, KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { createNamespace, eventually, installCrds, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { CommanderError } from 'commander'
import { exitCodeOf } from '../src/errors.ts'
import { createProgram } from '../src/index.ts'

let cluster: TestCluster
let namespace: string
const hash = '2f4b2c1d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b'

beforeAll(async () => {
  cluster = await testCluster()
  await installCrds(cluster.client)
})
beforeEach(async () => {
  namespace = await createNamespace(cluster.client, 'cli')
})
const stopping = { controller: new AbortController() }
afterEach(() => stopping.controller.abort())

interface Ended {
  readonly out: string
  readonly err: string
  readonly exitCode: number
}

interface Running {
  readonly ended: Promise<Ended>
  /** What it printed so far. */
  readonly out: () => string
  readonly err: () => string
}

/** Runs a command line in the namespace of the test, as `main.ts` does. */
function start(line: string, input = ''): Running {
  let out = ''
  let err = ''
  stopping.controller = new AbortController()
  const program = createProgram({
    ...{ env: process.env, home: homedir(), cwd: '/', self: 'tidelock', terminal: undefined, colors: false },
    results: { colors: false, columns: undefined },
    input: Readable.from([input]),
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: stopping.controller.signal,
  })
  const words = line.split(' ')
  const ended = program
    .parseAsync(['node', 'tidelock', '--kubeconfig', cluster.kubeconfigPath, '-n', namespace, ...words])
    .then(
      () => ({ out, err, exitCode: 0 }),
      (error: unknown) =>
        error instanceof CommanderError
          ? { out, err, exitCode: error.exitCode }
          : { out, err: `${err}✗ ${errorMessage(error)}\n`, exitCode: exitCodeOf(error) },
    )
  return { ended, out: () => out, err: () => err }
}

const run = (line: string, input?: string): Promise<Ended> => start(line, input).ended

const refOf = (kind: Kind, name: string) => ({ apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name })

/** Makes an object; suspended, because other tests run their controllers on this control plane. */
function create(kind: Kind, name: string, spec: object, metadata: object = {}): Promise<KubeObject> {
  return cluster.client.create({
    ...{ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace, ...metadata } },
    spec: { interval: '1h', suspend: true, ...spec },
  })
}

const git = (name: string, metadata = {}, spec = {}): Promise<KubeObject> =>
  create(gitRepositoryKind, name, { url: 'https://example.com/fleet', ...spec }, metadata)
const oci = (name: string): Promise<KubeObject> => create(ociRepositoryKind, name, { url: 'oci://example.com/fleet' })
const kustomization = (name: string, spec = {}): Promise<KubeObject> =>
  create(kustomizationKind, name, { prune: false, sourceRef: { kind: 'GitRepository', name: 'fleet' }, ...spec })

/** Sets the status that a controller would set. */
async function setStatus(
  kind: Kind,
  name: string,
  status: object,
  ready = 'True',
  message = 'all is well',
): Promise<void> {
  const ref = refOf(kind, name)
  const { metadata } = await cluster.client.get(ref)
  const condition = {
    ...{ type: 'Ready', status: ready, reason: 'Succeeded', message, observedGeneration: metadata.generation },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  const body = { status: { observedGeneration: metadata.generation, conditions: [condition], ...status } }
  await cluster.client.patch(ref, { type: 'merge', body, subresource: 'status', fieldManager: 'test' })
}

const artifact = {
  ...{ digest: `sha256:${hash}${hash.slice(0, 24)}`, path: 'x', revision: `main@sha1:${hash}` },
  ...{ url: 'http://example.com/x', lastUpdateTime: '2026-01-01T00:00:00Z' },
}

async function isSuspended(kind: Kind, name: string): Promise<boolean> {
  type Suspendable = KubeObject & { spec: { suspend?: boolean } }
  const { spec } = await cluster.client.get<Suspendable>(refOf(kind, name))
  return spec.suspend === true
}

describe('get', () => {
  it('prints what flux prints', async () => {
    await git('fleet', { labels: { team: 'a' } })
    await git('a-longer-name')
    await setStatus(
      gitRepositoryKind,
      'fleet',
      { artifact },
      'True',
      `stored artifact for revision 'main@sha1:${hash}'`,
    )
    const header =
      'NAME         \tREVISION          \tSUSPENDED\tREADY\tMESSAGE                                           \n'
    const waiting =
      'a-longer-name\t                  \tTrue     \tFalse\twaiting to be reconciled                         \t\n'
    const fleet =
      "fleet        \tmain@sha1:2f4b2c1d\tTrue     \tTrue \tstored artifact for revision 'main@sha1:2f4b2c1d'\t\n"
    expect(await run('get sources git')).toEqual({ out: `${header}${waiting}${fleet}`, err: '', exitCode: 0 })
    const one = "fleet\tmain@sha1:2f4b2c1d\tTrue\tTrue\tstored artifact for revision 'main@sha1:2f4b2c1d'\t\n"
    expect((await run('get source git fleet --no-header')).out).toBe(one)
    expect((await run('get gitrepo --no-header -l team=a')).out).toBe(one)
    expect((await run('get gitrepo --no-header --status-selector ready=true')).out).toBe(one)
    expect((await run('get gitrepo --no-header --status-selector Ready!=True')).out).toMatch(/^a-longer-name\t\tTrue\t/)
  })

  it('prints all kinds, each in a table', async () => {
    await git('fleet')
    await oci('shop')
    await kustomization('apps', { sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: 'other' } })
    const row = (name: string): string => `${name}\t\tTrue\tFalse\twaiting to be reconciled\t\n\n`
    const sources = `${row('ocirepository/shop')}${row('gitrepository/fleet')}`
    expect(await run('get sources all --no-header')).toEqual({ out: sources, err: '', exitCode: 0 })
    expect((await run('get all --no-header')).out).toBe(`${sources}${row('kustomization/apps')}`)
    expect((await run('get ks --no-header --show-source')).out).toMatch(/^apps\tGitRepository\/other\/fleet\t/)
    const { out } = await run('get all -o json')
    expect((JSON.parse(out) as { items: KubeObject[] }).items.map(({ kind }) => kind)).toEqual([
      'OCIRepository',
      'GitRepository',
      'Kustomization',
    ])
  })

  it('says what it did not find, in the words of flux', async () => {
    const missing = (text: string): Ended => ({ out: '', err: `✗ ${text}\n`, exitCode: 1 })
    expect(await run('get ks')).toEqual(missing(`no Kustomization objects found in "${namespace}" namespace`))
    expect(await run('get ks no')).toEqual(missing(`Kustomization object 'no' not found in "${namespace}" namespace`))
    expect(await run('get all')).toEqual({ out: '', err: '', exitCode: 0 })
  })

  it('prints dead letters as the Providers say them', async () => {
    const letter = { object: 'Kustomization/apps/web', reason: 'BuildFailed', code: 'Refused', error: 'no\u001b[2J' }
    const say = (time: string, count: string): object => ({
      'notification.tidelock.dev/dead-letters': count,
      'notification.tidelock.dev/dead-letters-newest': JSON.stringify([{ time, ...letter }]),
    })
    const hook = { type: 'generic', address: 'https://example.com/' }
    await create(providerKind, 'hook', hook, { annotations: say('2026-01-02', '3') })
    await create(providerKind, 'chat', hook, { annotations: say('2026-01-01', '1') })
    await create(providerKind, 'fine', hook)
    const row = (name: string, time: string): string =>
      `${name}\t${time}\tKustomization/apps/web\tBuildFailed\tRefused\tno [2J\t\n`
    const err = `► and 2 older ones of ${namespace}/hook\n`
    const out = `${row('hook', '2026-01-02')}${row('chat', '2026-01-01')}`
    expect(await run('get dead-letters --no-header')).toEqual({ out, err, exitCode: 0 })
    expect((await run('get dead-letters chat')).out).toMatch(/^PROVIDER\tTIME +\tOBJECT .*\nchat /)
    expect(await run('get dead-letters fine')).toMatchObject({
      out: '',
      err: `no dead letters in "${namespace}" namespace\n`,
    })
    expect(await run('get dead-letters no')).toMatchObject({ exitCode: 1 })
  })

  it('watches', async () => {
    await git('fleet')
    const { out } = start('get source git fleet --watch --no-header')
    await eventually(() => expect(out()).toContain('waiting to be reconciled'))
    await setStatus(gitRepositoryKind, 'fleet', { artifact })
    await eventually(() => expect(out()).toContain('fleet\tmain@sha1:2f4b2c1d\tTrue\tTrue\tall is well\t\n'))
  })
})

describe('suspend and resume', () => {
  it('set and unset spec.suspend', async () => {
    await git('fleet', {}, { suspend: false })
    await git('shop', {}, { suspend: false })
    const suspended = (name: string): string =>
      `► suspending source git ${name} in ${namespace} namespace\n✔ source git suspended\n`
    const missing = `✗ GitRepository no not found in ${namespace} namespace\n`
    expect(await run('suspend source git fleet no fleet')).toEqual({
      ...{ out: '', err: `${suspended('fleet')}${missing}`, exitCode: 0 },
    })
    expect(await isSuspended(gitRepositoryKind, 'shop')).toBe(false)
    expect((await run('suspend source git --all')).err).toBe(`${suspended('fleet')}${suspended('shop')}`)
    expect(await isSuspended(gitRepositoryKind, 'shop')).toBe(true)
    const resumed = (name: string): string =>
      `► resuming source git ${name} in ${namespace} namespace\n✔ source git resumed\n`
    expect(await run('resume source git --all')).toEqual({
      ...{ out: '', err: `${resumed('fleet')}${resumed('shop')}`, exitCode: 0 },
    })
    expect(await isSuspended(gitRepositoryKind, 'shop')).toBe(false)
    expect(await run('suspend ks --all')).toEqual({ out: '', err: '✗ no objects found\n', exitCode: 1 })
    expect((await run('resume ks no')).err).toBe(`✗ Kustomization object 'no' not found in ${namespace} namespace\n`)
  })

  it('resume waits for one object', async () => {
    await kustomization('apps')
    const { ended, err } = start('resume ks apps')
    await eventually(() => expect(err()).toContain('◎ waiting for Kustomization reconciliation\n'))
    await setStatus(kustomizationKind, 'apps', { lastAppliedRevision: `main@sha1:${hash}` })
    expect(await ended).toEqual({
      out: '',
      err: [
        `► resuming kustomization apps in ${namespace} namespace\n✔ kustomization resumed\n`,
        '◎ waiting for Kustomization reconciliation\n',
        `✔ Kustomization apps reconciliation completed\n✔ applied revision main@sha1:${hash}\n`,
      ].join(''),
      exitCode: 0,
    })
  })

  it('resume says what it waited for in vain', async () => {
    await kustomization('apps')
    const { err, exitCode } = await run('resume ks apps --timeout 1s')
    expect(err).toContain('✗ Kustomization apps reconciliation failed: not ready within 1s (--timeout): ')
    expect(err).toContain('✗ reconciliation failed for 1 Kustomization(s)\n')
    expect(exitCode).toBe(1)
  })
})

describe('delete', () => {
  it('asks first', async () => {
    await git('fleet')
    const question = '? Are you sure you want to delete this source git? [y/N] '
    const no = await run('delete source git fleet', 'n\n')
    expect(no).toEqual({ out: '', err: `${question}\n✗ aborting: answer y, or give --silent\n`, exitCode: 1 })
    expect((await run('delete source git fleet')).exitCode).toBe(1)
    const yes = await run('delete source git fleet', 'y\n')
    const deleted = `► deleting source git fleet in ${namespace} namespace\n✔ source git deleted\n`
    expect(yes).toEqual({ out: '', err: `${question}${deleted}`, exitCode: 0 })
    expect(await run('delete source git fleet -s')).toEqual({
      ...{ out: '', err: '✗ gitrepositories.source.toolkit.fluxcd.io "fleet" not found\n', exitCode: 1 },
    })
  })
})

describe('export', () => {
  it('prints what can be committed', async () => {
    await git('fleet', { labels: { team: 'a' }, annotations: { note: 'a: b' } }, { secretRef: { name: 'creds' } })
    await kustomization('apps', { path: './apps', suspend: false })
    await setStatus(gitRepositoryKind, 'fleet', { artifact })
    const source = `---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  annotations:
    note: 'a: b'
  labels:
    team: a
  name: fleet
  namespace: ${namespace}
spec:
  interval: 1h0m0s
  secretRef:
    name: creds
  suspend: true
  timeout: 1m0s
  url: https://example.com/fleet
`
    expect(await run('export source git fleet')).toEqual({ out: source, err: '', exitCode: 0 })
    expect((await run('export ks --all')).out).toContain(
      '\nspec:\n  interval: 1h0m0s\n  path: ./apps\n  prune: false\n',
    )
    const failed = await run('export source git fleet --with-credentials')
    expect(failed.err).toBe('✗ failed to retrieve secret creds, error: secrets "creds" not found\n')
    const data = { username: 'YQ==' }
    await cluster.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'creds', namespace }, data })
    const secret = `---
apiVersion: v1
data:
  username: YQ==
kind: Secret
metadata:
  name: creds
  namespace: ${namespace}
type: Opaque
`
    expect((await run('export source git --all --with-credentials')).out).toBe(`${source}${secret}`)
    expect((await run('export source oci --all')).err).toBe(`✗ no objects found in ${namespace} namespace\n`)
  })
})

describe('reconcile', () => {
  it('waits for the run that it asked for, after that of the source', async () => {
    await git('fleet', {}, { suspend: false })
    await kustomization('apps', { suspend: false })
    const { ended, err } = start('reconcile ks apps --with-source')
    await eventually(() => expect(err()).toContain('◎ waiting for GitRepository reconciliation\n'))
    await setStatus(gitRepositoryKind, 'fleet', { artifact, lastHandledReconcileAt: 'now' })
    await eventually(() => expect(err()).toContain('◎ waiting for Kustomization reconciliation\n'))
    await setStatus(kustomizationKind, 'apps', { lastHandledReconcileAt: 'now' }, 'False', 'kustomize build failed')
    const { err: notes, exitCode } = await ended
    expect(notes).toBe(
      [
        `► annotating GitRepository fleet in ${namespace} namespace\n✔ GitRepository annotated\n`,
        `◎ waiting for GitRepository reconciliation\n✔ fetched revision main@sha1:${hash}\n`,
        `► annotating Kustomization apps in ${namespace} namespace\n✔ Kustomization annotated\n`,
        '◎ waiting for Kustomization reconciliation\n',
        "✗ Kustomization reconciliation failed: 'kustomize build failed'\n",
      ].join(''),
    )
    expect(exitCode).toBe(1)
  })

  it('refuses what is suspended', async () => {
    await kustomization('apps')
    const { err } = await run('reconcile ks apps')
    expect(err).toContain(
      `✗ resource is suspended: Kustomization/${namespace}/apps; 'tidelock resume kustomization apps`,
    )
  })
})

describe('Alerts, Providers and Receivers', () => {
  const slack = { type: 'slack', channel: 'ops' }
  const apps = { providerRef: { name: 'slack' }, eventSources: [{ kind: 'Kustomization', name: '*' }] }
  const hook = {
    ...{ type: 'generic', secretRef: { name: 'token' }, resources: [{ kind: 'GitRepository', name: 'fleet' }] },
  }
  const make = (kind: Kind, name: string, spec: object): Promise<KubeObject> =>
    cluster.client.create({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace }, spec })

  it('are listed as flux lists them', async () => {
    await make(providerKind, 'slack', slack)
    await make(alertKind, 'apps', apps)
    await make(receiverKind, 'hook', { ...hook, suspend: true })
    const receiver = 'receiver/hook\tTrue\tFalse\twaiting to be reconciled\t\n\n'
    const provider = 'provider/slack\tTrue\tProvider is Ready\t\n\n'
    expect((await run('get all --no-header')).out).toBe(
      `${receiver}${provider}alert/apps\tFalse\tTrue\tAlert is Ready\t\n\n`,
    )
    expect((await run('get alerts')).out).toBe(
      'NAME\tSUSPENDED\tREADY\tMESSAGE        \napps\tFalse    \tTrue \tAlert is Ready\t\n',
    )
    expect((await run('get alert-providers --no-header --status-selector ready=true')).out).toBe(
      'slack\tTrue\tProvider is Ready\t\n',
    )
  })

  it('are suspended and resumed without anybody who reconciles them', async () => {
    await make(alertKind, 'apps', apps)
    expect((await run('suspend alert apps')).exitCode).toBe(0)
    expect(await isSuspended(alertKind, 'apps')).toBe(true)
    expect((await run('resume alert apps')).err).toBe(
      [
        `► resuming alert apps in ${namespace} namespace\n✔ alert resumed\n◎ waiting for Alert reconciliation\n`,
        '✔ Alert apps reconciliation completed\n✔ Alert reconciliation completed\n',
      ].join(''),
    )
    expect(await isSuspended(alertKind, 'apps')).toBe(false)
    expect((await run('delete alert apps --silent')).err).toContain('✔ alert deleted\n')
  })

  it('are created, and exported as they were', async () => {
    const line = '--provider-ref=slack --event-source=Kustomization/* --event-severity=error'
    const notes = (noun: string): string => `✚ generating Alert\n► applying Alert\n✔ Alert ${noun}\n`
    const done = '◎ waiting for Alert reconciliation\n✔ Alert apps is ready\n'
    expect((await run(`create alert apps ${line}`)).err).toBe(`${notes('created')}${done}`)
    expect((await run(`create alert apps ${line} --label=a=b`)).err).toBe(`${notes('updated')}${done}`)
    const exported = await run('export alert apps')
    expect(exported.out).toBe((await run(`create alert apps ${line} --label=a=b --export`)).out)
  })
})
