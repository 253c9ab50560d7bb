// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import type { ObjectInput } from '@tidelock/kube'
import { configMap, deployment } from '../case.ts'
import type { Files, Json } from '../case.ts'

const vector = (path: string): string =>
  readFileSync(new URL(`../../../libs/sops/testdata/${path}`, import.meta.url), 'utf8')

/** A Kustomization in YAML, which is JSON too. */
function kustomization(name: string, path: string, more: Json = {}): ObjectInput {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'flux-system' },
    spec: {
      ...{ interval: '1h', retryInterval: '10s', timeout: '1m', prune: true, path },
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      ...more,
    },
  }
}

const inShop = { targetNamespace: 'shop', dependsOn: [{ name: 'infra' }] }
const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'health-web', namespace: 'shop' }

const kustomizations = [
  kustomization('infra', './infra', { wait: true }),
  kustomization('overlay', './apps/over', { ...inShop }),
  kustomization('substituted', './apps/vars', {
    ...inShop,
    postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }], substitute: { SIZE: 'large' } },
  }),
  kustomization('secrets', './apps/secrets', {
    ...inShop,
    decryption: { provider: 'sops', secretRef: { name: 'sops-age' } },
  }),
  kustomization('health', './apps/base', { ...inShop, namePrefix: 'health-', healthChecks: [web] }),
  kustomization('patched', './apps/base', {
    ...inShop,
    nameSuffix: '-patched',
    images: [{ name: 'example.com/app', newTag: '2.0.0' }],
    patches: [{ patch: '- op: replace\n  path: /spec/replicas\n  value: 2\n', target: { kind: 'Deployment' } }],
    commonMetadata: { labels: { team: 'one' } },
  }),
  kustomization('forced', './apps/forced', { ...inShop, force: true }),
  kustomization('kept', './apps/kept', { ...inShop, prune: false, deletionPolicy: 'Orphan' }),
  kustomization('ignoring', './apps/base', {
    ...inShop,
    namePrefix: 'ignoring-',
    ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }],
  }),
  kustomization('suspended', './apps/kept', { ...inShop, namePrefix: 'late-', suspend: true }),
  kustomization('broken', './apps/none', { retryInterval: '1h' }),
  kustomization('blocked', './apps/kept', { ...inShop, namePrefix: 'blocked-', dependsOn: [{ name: 'broken' }] }),
  kustomization('packed', './', {
    targetNamespace: 'shop',
    dependsOn: [{ name: 'infra' }],
    sourceRef: { kind: 'OCIRepository', name: 'packed' },
  }),
]

/** The repository: a Kustomization of Kustomizations, and what these name. */
export const fleetFiles: Files = {
  'cluster/all.yaml': kustomizations.map((each) => `---\n${JSON.stringify(each)}\n`).join(''),
  'infra/a.yaml': `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things, singular: thing}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: one, namespace: shop}
spec: {a: 1}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "shop:reader"}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
`,
  'apps/base/kustomization.yaml': 'resources: [web.yaml, service.yaml]\n',
  'apps/base/web.yaml': deployment('web'),
  'apps/base/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], selector: {app: web}}\n',
  'apps/over/kustomization.yaml':
    'resources: [../base]\nnamePrefix: over-\nconfigMapGenerator:\n- name: gen\n  literals: [a=b]\n',
  'apps/vars/a.yaml': configMap('vars-out', { color: '${COLOR}', size: '${SIZE}', more: '${NONE:=x}' }),
  'apps/secrets/secret.yaml': vector('encrypted/secret.yaml'),
  'apps/forced/job.yaml':
    'apiVersion: batch/v1\nkind: Job\nmetadata: {name: task}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: one}]\n',
  'apps/kept/a.yaml': configMap('kept', { a: 'b' }),
}

/** What the registry serves as `packed:v1`. */
export const packedFiles: Files = { 'a.yaml': configMap('from-oci', { a: 'b' }) }

/** Sources, the root, what they need, and notification. */
export function fleetObjects(urls: {
  readonly git: string
  readonly oci: string
  readonly inbox: string
}): ObjectInput[] {
  const metadata = (name: string) => ({ name, namespace: 'flux-system' })
  const source = 'source.toolkit.fluxcd.io/v1'
  const notification = 'notification.toolkit.fluxcd.io'
  const stringData = { 'one.agekey': vector('keys/one.agekey') }
  const everything = [
    { kind: 'Kustomization', name: '*' },
    { kind: 'GitRepository', name: '*' },
    { kind: 'OCIRepository', name: '*' },
  ]
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('vars'), data: { COLOR: 'red' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('sops-age'), stringData },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('hook'), stringData: { token: 'a token' } },
    {
      ...{ apiVersion: source, kind: 'GitRepository', metadata: metadata('fleet') },
      spec: { interval: '1h', url: urls.git, ref: { branch: 'main' } },
    },
    {
      ...{ apiVersion: source, kind: 'OCIRepository', metadata: metadata('packed') },
      spec: { interval: '1h', url: urls.oci, ref: { tag: 'v1' }, insecure: true },
    },
    {
      ...{ apiVersion: `${notification}/v1beta3`, kind: 'Provider', metadata: metadata('inbox') },
      spec: { type: 'generic', address: urls.inbox },
    },
    {
      ...{ apiVersion: `${notification}/v1beta3`, kind: 'Alert', metadata: metadata('all') },
      spec: { providerRef: { name: 'inbox' }, eventSeverity: 'info', eventSources: everything },
    },
    {
      ...{ apiVersion: `${notification}/v1`, kind: 'Receiver', metadata: metadata('hook') },
      spec: {
        ...{ type: 'generic', secretRef: { name: 'hook' } },
        resources: [{ apiVersion: source, kind: 'GitRepository', name: 'fleet' }],
      },
    },
    kustomization('root', './cluster'),
  ]
}
