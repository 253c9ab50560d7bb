// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { apiVersionOf, kustomizationKind, kustomizeGroup, systemClock } from '@tidelock/api'
import type { KubeObject, Kustomization, KustomizationSpec } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { ResourceManager, toInventory } from '@tidelock/ssa'
import { createNamespace, installCrds, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { CommanderError } from 'commander'
import { parseAllDocuments, stringify } from 'yaml'
import { exitCodeOf } from '../src/errors.ts'
import { createProgram } from '../src/index.ts'

let cluster: TestCluster
let namespace: string
let directory: string

beforeAll(async () => {
  cluster = await testCluster()
  await installCrds(cluster.client)
  namespace = await createNamespace(cluster.client, 'cli')
  directory = await mkdtemp(join(tmpdir(), 'tidelock-build-'))
})
afterAll(() => rm(directory, { recursive: true }))

interface Ended {
  readonly out: string
  readonly err: string
  readonly exitCode: number
}

/** Runs a command line as `main.ts` does. */
async function run(...args: string[]): Promise<Ended> {
  let out = ''
  let err = ''
  const program = createProgram({
    ...{ env: process.env, home: homedir(), cwd: directory, self: 'tidelock', terminal: undefined, colors: false },
    results: { colors: false, columns: undefined },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  try {
    await program.parseAsync(['node', 'tidelock', '--kubeconfig', cluster.kubeconfigPath, ...args])
    return { out, err, exitCode: 0 }
  } catch (error) {
    if (error instanceof CommanderError) return { out, err, exitCode: error.exitCode }
    return { out, err: `${err}${errorMessage(error)}`, exitCode: exitCodeOf(error) }
  }
}

const build = (name: string, ...args: string[]): Promise<Ended> => run('build', 'ks', name, '-n', namespace, ...args)
const diff = (name: string, ...args: string[]): Promise<Ended> => run('diff', 'ks', name, '-n', namespace, ...args)
const changed = 'identified at least one change, exiting with non-zero exit code'

/** Writes files, objects as YAML, below the directory of the test. */
async function write(files: Readonly<Record<string, string | object>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), typeof content === 'string' ? content : stringify(content))
  }
}

function kustomization(name: string, spec: Partial<KustomizationSpec> = {}): Kustomization {
  const sourceRef = { kind: 'GitRepository' as const, name: 'fleet' }
  return {
    ...{ apiVersion: apiVersionOf(kustomizationKind), kind: kustomizationKind.kind, metadata: { name, namespace } },
    // nobody is to take it up: other tests run their controllers on this control plane
    spec: { interval: '1h', prune: true, suspend: true, sourceRef, ...spec },
  }
}

const create = (object: KubeObject | Kustomization): Promise<KubeObject> => cluster.client.create(object)

const configMap = (name: string, data: Record<string, string> = { key: 'value' }, metadata = {}): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata }, data },
})

/** Applies what `build` prints, as the controller would, and leaves the inventory that it would leave. */
async function apply(name: string, ...args: string[]): Promise<void> {
  const { out } = await build(name, ...args)
  const objects = [...parseAllDocuments(out)].flatMap((document) => (document.toJS() as KubeObject | null) ?? [])
  const owner = { fieldManager: 'kustomize-controller', labelGroup: kustomizeGroup, name, namespace }
  const manager = new ResourceManager({ client: cluster.client, owner, clock: systemClock })
  const changeSet = await manager.applyAllStaged(manager.prepare(objects), {}, AbortSignal.timeout(30_000))
  const entries = toInventory(changeSet.map(({ object }) => object))
  const ref = { apiVersion: apiVersionOf(kustomizationKind), kind: kustomizationKind.kind, namespace, name }
  const body = { status: { inventory: { entries } } }
  await cluster.client.patch(ref, { type: 'merge', body, subresource: 'status', fieldManager: 'test' })
}

describe('build kustomization', () => {
  it('prints what the controller would apply, with variables of the cluster', async () => {
    await create(configMap('settings', { STAGE: 'production' }))
    await create(
      kustomization('shop', {
        ...{ targetNamespace: namespace, namePrefix: 'my-', commonMetadata: { labels: { team: 'a' } } },
        postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'settings' }], substitute: { OWN: 'own' } },
      }),
    )
    await write({
      'shop/a.yaml': { ...configMap('a', { text: '${STAGE} ${OWN} ${NONE:=none}' }), metadata: { name: 'a' } },
    })
    expect(await build('shop', '--path', 'shop')).toEqual({
      out: `apiVersion: v1
data:
  text: production own none
kind: ConfigMap
metadata:
  labels:
    kustomize.toolkit.fluxcd.io/name: shop
    kustomize.toolkit.fluxcd.io/namespace: ${namespace}
    team: a
  name: my-a
  namespace: ${namespace}
---
`,
      ...{ err: '', exitCode: 0 },
    })
  })

  it('asks no cluster in a dry run', async () => {
    const substituteFrom = [{ kind: 'ConfigMap' as const, name: 'not-there' }]
    await write({
      'offline.yaml': kustomization('offline', { postBuild: { substituteFrom, substitute: { OWN: 'own' } } }),
      'offline/a.yaml': configMap('a', { text: '${OWN}-${STAGE}' }),
    })
    const offline = ['--path', 'offline', '--kustomization-file', 'offline.yaml']
    const { out, err, exitCode } = await build('offline', ...offline, '--dry-run', '--kubeconfig', '/dev/null')
    expect([/^ {2}text: own-$/m.test(out), err, exitCode]).toEqual([true, '', 0])
    expect((await build('offline', ...offline)).err).toBe(
      'failed to get kustomization object: kustomizations.kustomize.toolkit.fluxcd.io "offline" not found',
    )
    const strict = await build('offline', ...offline, '--dry-run', '--strict-substitute')
    expect(strict).toMatchObject({
      out: '',
      exitCode: 1,
      err: expect.stringContaining('variable not set (strict mode): "STAGE"'),
    })
  })

  it('masks what SOPS encrypted, leaves out what is ignored, and builds what is rendered', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace } }
    const child = kustomization('child', { path: './child' })
    await write({
      'parent.yaml': kustomization('parent'),
      'repo/parent/secret.yaml': { ...secret, data: { key: 'ENC[x]' }, sops: { mac: 'ENC[y]' } },
      'repo/parent/child.yaml': child,
      'repo/parent/.sourceignore': 'draft.yaml',
      'repo/parent/draft.yaml': 'no: [yaml',
      'repo/parent/other.yaml': configMap('other'),
      'repo/child/kustomization.yaml': 'resources: [a.yaml]\nconfigMapGenerator: [{name: g, literals: [k=v]}]\n',
      'repo/child/a.yaml': configMap('from-child'),
    })
    const args = ['--path', 'repo/parent', '--kustomization-file', 'parent.yaml', '--dry-run']
    const source = `GitRepository/${namespace}/fleet`
    const { out, err } = await build(
      'parent',
      ...args,
      '-r',
      '--local-sources',
      `${source}=repo`,
      '--ignore-paths',
      'other.yaml',
    )
    expect(err).toBe('')
    const objects = [...parseAllDocuments(out)].flatMap((document) => (document.toJS() as KubeObject | null) ?? [])
    expect(
      objects.map(({ kind, metadata: { name, labels } }) => [kind, name, labels?.[`${kustomizeGroup}/name`]]),
    ).toEqual([
      ['Kustomization', 'child', 'parent'],
      ['Secret', 's', 'parent'],
      ['ConfigMap', 'from-child', 'child'],
      ['ConfigMap', expect.stringMatching(/^g-/), 'child'],
    ])
    expect(objects[1]).toMatchObject({ data: { key: Buffer.from('**SOPS**').toString('base64') } })
    expect(out).not.toContain('ENC[')
    expect((await build('parent', ...args, '-r')).err).toBe(
      `cannot get local path for ${source} of kustomization child: add --local-sources ${source}=<directory>`,
    )
  })

  it('fetches what is named by URL', async () => {
    await using server = createServer((_request, response) => response.end(stringify(configMap('from-afar'))))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await write({
      'remote.yaml': kustomization('remote'),
      'remote/kustomization.yaml': `resources: [http://127.0.0.1:${port}/a.yaml]\n`,
    })
    const { out, err } = await build('remote', '--path', 'remote', '--kustomization-file', 'remote.yaml', '--dry-run')
    expect([out.includes('name: from-afar'), err]).toEqual([true, ''])
  })

  it.each([
    [['--path', 'nowhere'], 'invalid resource path "'],
    [[], 'invalid resource path "": name a local directory with --path'],
    [['--path', '.', '--dry-run'], 'dry-run mode requires a kustomization file: add --kustomization-file'],
    [['--path', '.', '--kustomization-file', 'nowhere.yaml'], 'invalid kustomization file "'],
    [['--path', '.', '--local-sources', 'fleet=.'], 'Write Kind/namespace/name=dir'],
  ])('refuses %j', async (args, message) => {
    const { out, err, exitCode } = await build('shop', ...args)
    expect(err).toContain(message)
    expect([out, exitCode]).toEqual(['', 1])
  })

  it('says where a build failed, with paths of this machine', async () => {
    await write({ 'broken.yaml': kustomization('broken'), 'broken/a.yaml': 'kind: [' })
    const { err } = await build('broken', '--path', 'broken', '--kustomization-file', 'broken.yaml', '--dry-run')
    const words = 'failed to decode Kubernetes YAML from'
    expect(err).toContain(`${namespace}/broken: ${words} ${directory}/broken/a.yaml: `)
    await write({ 'broken/kustomization.yaml': 'resources: [gone.yaml]\n' })
    const { err: ofKustomize } = await build(
      'broken',
      '--path',
      'broken',
      '--kustomization-file',
      'broken.yaml',
      '--dry-run',
    )
    expect(ofKustomize).toContain(`${namespace}/broken: kustomize build failed: accumulating resources: `)
  })
})

describe('diff kustomization', () => {
  it('says what applying would create, change, skip and delete', async () => {
    await create(kustomization('web'))
    const ports = (port: number): KubeObject => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace } },
      spec: { ports: [{ name: 'http', port, targetPort: 80 }] },
    })
    const skipped = configMap('skipped', {}, { annotations: { [`${kustomizeGroup}/reconcile`]: 'disabled' } })
    const own = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own', namespace } }
    await write({
      'web/old.yaml': configMap('old'),
      'web/secret.yaml': { ...own, stringData: { same: 'x', password: 'before it' } },
      'web/service.yaml': ports(9898),
    })
    await apply('web', '--path', 'web')
    expect(await diff('web', '--path', 'web')).toEqual({ out: '', err: '', exitCode: 0 })
    await write({
      'web/old.yaml': configMap('new'),
      'web/secret.yaml': { ...own, stringData: { same: 'x', password: 'after it' } },
      'web/service.yaml': ports(9899),
      'web/skipped.yaml': skipped,
    })
    expect(await diff('web', '--path', 'web')).toEqual({
      out: `► ConfigMap/${namespace}/new created
► Secret/${namespace}/own drifted

data.password
± value change
- *** (before)
+ *** (after)

► Service/${namespace}/web drifted

spec.ports.http.port
± value change
- 9898
+ 9899

► ConfigMap/${namespace}/skipped skipped
► ConfigMap/${namespace}/old deleted
`,
      ...{ err: changed, exitCode: 1 },
    })
    expect(await cluster.client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'new' })).toBeUndefined()
  })

  it('shows what an adopted object would get', async () => {
    await create(configMap('adopted'))
    await write({ 'adopt.yaml': kustomization('adopt'), 'adopt/a.yaml': configMap('adopted') })
    const args = ['--path', 'adopt', '--kustomization-file', 'adopt.yaml', '--progress-bar=false']
    const missing = await diff('adopt', ...args)
    expect(missing).toMatchObject({ exitCode: 2, err: expect.stringContaining('"adopt" not found') })
    const { out } = await diff('adopt', ...args, '--ignore-not-found')
    expect(out).toBe(`► ConfigMap/${namespace}/adopted drifted

metadata
+ one map entry added:
  labels:
    kustomize.toolkit.fluxcd.io/name: adopt
    kustomize.toolkit.fluxcd.io/namespace: ${namespace}

`)
  })

  it('compares of a Secret that SOPS encrypted the names of its values only', async () => {
    await create(kustomization('sealed'))
    const metadata = { name: 'sealed', namespace }
    const secret = (data: object): object => ({ apiVersion: 'v1', kind: 'Secret', metadata, data })
    await write({ 'sealed/a.yaml': secret({ token: 'YQ==' }) })
    await apply('sealed', '--path', 'sealed')
    const sops = { mac: 'ENC[y]' }
    await write({ 'sealed/a.yaml': { ...secret({ token: 'ENC[x]' }), sops } })
    expect(await diff('sealed', '--path', 'sealed')).toEqual({ out: '', err: '', exitCode: 0 })
    await write({ 'sealed/a.yaml': { ...secret({ other: 'ENC[x]' }), sops } })
    expect((await diff('sealed', '--path', 'sealed')).out).toContain(
      'data\n- one map entry removed:   + one map entry added:\n  token: "*****"             other: "*****"\n',
    )
  })

  it('reports every object that the server refuses, and those of a namespace that is yet to come', async () => {
    await create(kustomization('refused'))
    const bad = (name: string): object => ({ ...configMap(name), data: 'no map' })
    const fresh = `${namespace}-new`
    await write({
      'refused/a.yaml': bad('a'),
      'refused/b.yaml': bad('b'),
      'refused/c.yaml': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fresh } },
      'refused/d.yaml': { ...configMap('d'), metadata: { name: 'd', namespace: fresh } },
    })
    const { out, err, exitCode } = await diff('refused', '--path', 'refused')
    expect(err).toMatch(new RegExp(`^ConfigMap/${namespace}/a .*\\nConfigMap/${namespace}/b `))
    expect([out, exitCode]).toEqual([
      `► Namespace/${fresh} created\n► ConfigMap/${fresh}/d created (not validated: its namespace does not exist yet)\n`,
      2,
    ])
  })

  it('says what to do about a refusal, as the controller does', async () => {
    await create(kustomization('cured'))
    const numbered = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'numbered', namespace },
      data: { port: 80 },
    }
    const unknown = { apiVersion: 'nobody.example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace } }
    await write({ 'cured/a.yaml': numbered, 'cured/b.yaml': unknown })
    const { err, exitCode } = await diff('cured', '--path', 'cured')
    expect(exitCode).toBe(2)
    expect(err).toContain('(apply its CustomResourceDefinition first: ')
    expect(err).toContain('(quote the value in its YAML, a variable too')
  })

  it('leaves out what spec.ignore names', async () => {
    const ignore = [{ paths: ['/data/key'], target: { kind: 'ConfigMap', name: 'lax.*' } }]
    await create(kustomization('lax', { ignore }))
    await write({ 'lax/a.yaml': configMap('lax-one') })
    await apply('lax', '--path', 'lax')
    await write({ 'lax/a.yaml': configMap('lax-one', { key: 'other' }) })
    expect(await diff('lax', '--path', 'lax')).toEqual({ out: '', err: '', exitCode: 0 })
    await write({ 'lax/a.yaml': configMap('lax-one', { key: 'other', more: 'x' }) })
    const { out } = await diff('lax', '--path', 'lax')
    expect(out).toBe(`► ConfigMap/${namespace}/lax-one drifted\n\ndata\n+ one map entry added:\n  more: x\n\n`)
  })

  it('follows the Kustomizations that it renders', async () => {
    const child = kustomization('nested', { path: './nested' })
    await create(kustomization('outer'))
    await write({
      'tree/outer/child.yaml': child,
      'tree/outer/remote.yaml': kustomization('remote', { kubeConfig: { secretRef: { name: 'k' } } }),
      'tree/nested/a.yaml': configMap('in-nested'),
    })
    await apply('outer', '--path', 'tree/outer')
    const sources = ['--local-sources', `GitRepository/${namespace}/fleet=tree`]
    expect(await diff('outer', '--path', 'tree/outer', '--recursive', ...sources)).toEqual({
      out: `📁 Kustomization/${namespace}/nested changed
► ConfigMap/${namespace}/in-nested created
⚠️ Kustomization/${namespace}/remote skipped: diff not supported for remote clusters
`,
      ...{ err: changed, exitCode: 1 },
    })
    expect(await diff('outer', '--path', 'tree/outer')).toEqual({ out: '', err: '', exitCode: 0 })
  })

  it.each([
    [['--path', 'nowhere'], 'invalid resource path "'],
    [['--path', '.', '--ignore-not-found'], '--ignore-not-found: describe the Kustomization with --kustomization-file'],
    [['--path', '.', '--progress-bar=maybe'], 'Write =true or =false, or the flag alone.'],
    [['--frob'], "unknown option '--frob'"],
  ])('ends with 2 for %j', async (args, message) => {
    const { out, err, exitCode } = await diff('web', ...args)
    expect(err).toContain(message)
    expect([out, exitCode]).toEqual(['', 2])
  })
})
