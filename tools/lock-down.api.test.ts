// SPDX-License-Identifier: Apache-2.0
// deploy/ with the component that locks it down, as a user lays one over the other.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { KustomizeEngine, ensureWasm } from '@tidelock/kustomize-wasm'
import { testCluster } from '@tidelock/testkit'

interface Bound extends KubeObject {
  readonly roleRef?: { readonly name: string }
  readonly rules?: readonly { readonly verbs: readonly string[]; readonly resources: readonly string[] }[]
  readonly spec?: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: string[] }[] } }
  }
}

let objects: Bound[]
beforeAll(async () => {
  objects = await buildOverlay(['lock-down'])
})

async function buildOverlay(components: readonly string[]): Promise<Bound[]> {
  const { TIDELOCK_CACHE, XDG_CACHE_HOME } = process.env
  const cacheDir = TIDELOCK_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidelock')
  const tree = await mkdtemp(join(tmpdir(), 'tidelock-lock-down-'))
  try {
    for (const directory of ['deploy', 'crds'])
      await cp(resolve(import.meta.dirname, '..', directory), join(tree, directory), { recursive: true })
    await mkdir(join(tree, 'overlay'))
    const overlay = { resources: ['../deploy'], components: components.map((each) => `../deploy/${each}`) }
    await writeFile(join(tree, 'overlay/kustomization.yaml'), JSON.stringify(overlay))
    await using engine = new KustomizeEngine({ wasmPath: await ensureWasm({ cacheDir }), workers: 1 })
    const built = await engine.build({ root: tree, path: 'overlay' })
    return built.objects.map(({ object }) => object as unknown as Bound)
  } finally {
    await rm(tree, { recursive: true, force: true })
  }
}

it('binds no controller to cluster-admin', () => {
  const roles = objects.filter(({ kind }) => kind === 'ClusterRoleBinding').map(({ roleRef }) => roleRef?.name)
  expect(roles).toContain('tidelock-kustomize-controller-flux-system')
  expect(roles).not.toContain('cluster-admin')
})

it('lets the kustomize controller act as accounts, and takes no rule away', () => {
  const role = objects.find(({ metadata }) => metadata.name === 'tidelock-kustomize-controller-flux-system')
  const rules = role?.rules ?? []
  expect(
    rules.some(({ verbs, resources }) => verbs.includes('impersonate') && resources.includes('serviceaccounts')),
  ).toBe(true)
  expect(rules.some(({ resources }) => resources.includes('kustomizations'))).toBe(true)
})

function argsOf(name: string): readonly string[] | undefined {
  const deployment = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)
  return deployment?.spec?.template.spec.containers[0]?.args
}

it.each([
  [
    'notification-controller',
    [
      '--no-cross-namespace-refs=true',
      '--default-service-account=default',
      '--feature-gates=ObjectLevelWorkloadIdentity=true',
    ],
  ],
  ['source-controller', ['--default-service-account=default', '--feature-gates=ObjectLevelWorkloadIdentity=true']],
])('locks %s down too', (name, flags) => {
  expect(argsOf(name)).toEqual(expect.arrayContaining(['--enable-leader-election', ...flags]))
})

it('adds the flags, and is accepted by the API server', async () => {
  const { client } = await testCluster()
  expect(argsOf('kustomize-controller')).toEqual(
    expect.arrayContaining([
      '--enable-leader-election',
      '--no-cross-namespace-refs=true',
      '--no-remote-bases=true',
      '--default-service-account=default',
      '--feature-gates=ObjectLevelWorkloadIdentity=true',
      '--default-kubeconfig-service-account=default',
      '--default-decryption-service-account=default',
    ]),
  )
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole')
  for (const role of roles)
    await client.apply(role, { fieldManager: 'lock-down-test', force: true, dryRun: true, fieldValidation: 'Strict' })
})

it('goes with the components for a volume of events and for alerts', async () => {
  const all = await buildOverlay(['lock-down', 'persistent-events', 'monitoring'])
  const named = (kind: string, name: string): Bound | undefined =>
    all.find((each) => each.kind === kind && each.metadata.name === name)
  const { args } = named('Deployment', 'notification-controller')?.spec?.template.spec.containers[0] ?? {}
  expect(args).toContain('--spool-dir=/events')
  expect(named('PersistentVolumeClaim', 'notification-controller-events')).toBeDefined()
  const rule = JSON.stringify(named('PrometheusRule', 'tidelock-events'))
  const docs = await readFile(resolve(import.meta.dirname, '../docs/metrics.md'), 'utf8')
  const metrics = rule.match(/tidelock_\w+/g) ?? []
  expect(metrics.length).toBeGreaterThan(4)
  for (const metric of metrics) expect(docs).toContain(`\`${metric}\``)
})
