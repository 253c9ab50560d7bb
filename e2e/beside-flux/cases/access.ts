// SPDX-License-Identifier: Apache-2.0
import { deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { account, byConfigMap, deleted, kustomization, mayAll, other, plain, settings } from './manifests.ts'

const secret = (system: string, name: string, data: object) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: system } },
  stringData: data,
})
const repository = (namespace: string, name: string) => ({
  ...{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name, namespace } },
  spec: { interval: '1h', suspend: true, url: 'http://127.0.0.1:1/none' },
})
/** Identities, other clusters, sources and dependencies. */
export const access: readonly Case[] = [
  {
    name: 'kube-secret',
    files: { 'a.yaml': plain, 'b.yaml': deployment('web') },
    before: ({ system, kubeconfig }) => [secret(system, 'ks', { value: kubeconfig })],
    spec: () => ({ wait: true, kubeConfig: { secretRef: { name: 'ks' } } }),
    steps: [{ does: 'removed', commit: { 'a.yaml': null } }, deleted],
  },
  {
    name: 'kube-secret-yaml',
    files: { 'a.yaml': plain },
    before: ({ system, kubeconfig }) => [secret(system, 'ksy', { 'value.yaml': kubeconfig })],
    spec: () => ({ kubeConfig: { secretRef: { name: 'ksy' } } }),
    steps: [
      {
        does: 'deleted without the Secret',
        remove: ({ system }) => [{ apiVersion: 'v1', kind: 'Secret', name: 'ksy', namespace: system }],
        delete: true,
        until: 'quiet',
      },
    ],
  },
  {
    name: 'kube-secret-account',
    files: { 'a.yaml': plain },
    before: ({ system, kubeconfig }) => [secret(system, 'ksa', { value: kubeconfig })],
    spec: () => ({ serviceAccountName: 'nobody', kubeConfig: { secretRef: { name: 'ksa' } } }),
  },
  {
    name: 'kube-secret-no-cluster',
    files: { 'a.yaml': plain },
    before: ({ system }) => [secret(system, 'ksn', { value: 'apiVersion: v1\nkind: Config\n' })],
    spec: () => ({ kubeConfig: { secretRef: { name: 'ksn' } } }),
  },
  { name: 'kube-config-map-missing', files: { 'a.yaml': plain }, spec: byConfigMap('none') },
  {
    name: 'kube-config-map-empty',
    files: { 'a.yaml': plain },
    before: ({ system }) => [settings(system, 'kce', {})],
    spec: byConfigMap('kce'),
  },
  {
    name: 'kube-config-map-provider',
    files: { 'a.yaml': plain },
    before: ({ system }) => [settings(system, 'kcp', { provider: 'mine' })],
    spec: byConfigMap('kcp'),
  },
  {
    name: 'kube-config-map-no-address',
    files: { 'a.yaml': plain },
    before: ({ system }) => [settings(system, 'kcn', { provider: 'generic' })],
    spec: byConfigMap('kcn'),
  },
  {
    name: 'kube-config-map-bad-ca',
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      settings(system, 'kcc', { provider: 'generic', address: 'https://127.0.0.1:1', 'ca.crt': 'nonsense' }),
    ],
    spec: byConfigMap('kcc'),
  },
  {
    name: 'kube-config-map-account',
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      settings(system, 'kca', { provider: 'generic', address: 'https://127.0.0.1:1', serviceAccountName: 'x' }),
    ],
    spec: byConfigMap('kca'),
  },
  {
    name: 'kube-config-map-aws',
    files: { 'a.yaml': plain },
    before: ({ system }) => [settings(system, 'kcw', { provider: 'aws', cluster: 'not-an-arn' })],
    spec: byConfigMap('kcw'),
  },
  {
    name: 'kube-config-map-azure',
    files: { 'a.yaml': plain },
    before: ({ system }) => [settings(system, 'kcz', { provider: 'azure', cluster: 'not-an-id' })],
    spec: byConfigMap('kcz'),
  },
  {
    name: 'kube-config-map-gcp',
    files: { 'a.yaml': plain },
    before: ({ system }) => [settings(system, 'kcg', { provider: 'gcp', cluster: 'not-a-name' })],
    spec: byConfigMap('kcg'),
  },
  {
    name: 'account-good',
    files: { 'a.yaml': plain, 'b.yaml': deployment('web') },
    before: (names) => [account(names, 'good'), mayAll(names, 'good')],
    spec: () => ({ serviceAccountName: 'good', wait: true }),
    steps: [
      { does: 'removed', commit: { 'a.yaml': null } },
      {
        does: 'deleted without account',
        remove: ({ system }) => [{ apiVersion: 'v1', kind: 'ServiceAccount', name: 'good', namespace: system }],
        delete: true,
      },
    ],
  },
  {
    name: 'external-artifact-no-gate',
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { kind: 'ExternalArtifact', name: 'none' } }),
  },
  {
    name: 'source-other-namespace-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { kind: 'GitRepository', name: 'none', namespace: 'default' } }),
  },
  {
    name: 'source-bucket-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { apiVersion: 'source.toolkit.fluxcd.io/v1beta2', kind: 'Bucket', name: 'none' } }),
  },
  {
    name: 'source-comes',
    files: { 'a.yaml': plain },
    spec: () => ({ retryInterval: '2s', sourceRef: { kind: 'GitRepository', name: 'comes' } }),
    steps: [
      { does: 'source made without artifact', apply: ({ system }) => [repository(system, 'comes')], until: 'quiet' },
    ],
  },
  {
    name: 'source-suspended',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'source deleted',
        remove: ({ system }) => [
          {
            apiVersion: 'source.toolkit.fluxcd.io/v1',
            kind: 'GitRepository',
            name: 'source-suspended',
            namespace: system,
          },
        ],
        request: true,
        until: 'quiet',
      },
    ],
  },
  {
    name: 'dependency-other-namespace',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', namespace: 'default' }] }),
  },
  {
    name: 'dependency-many',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none' }, { name: 'neither' }] }),
  },
  {
    name: 'dependency-cycle',
    files: { 'a.yaml': plain },
    before: (names) => [
      kustomization(names, 'cycle-two', {
        dependsOn: [{ name: 'dependency-cycle' }],
        sourceRef: { kind: 'GitRepository', name: 'dependency-cycle' },
      }),
    ],
    spec: () => ({ dependsOn: [{ name: 'cycle-two' }] }),
  },
  {
    name: 'dependency-ok',
    files: { 'a.yaml': plain },
    before: (names) => [
      kustomization(names, 'ok-two', {
        targetNamespace: names.app,
        namePrefix: 'two-',
        sourceRef: { kind: 'GitRepository', name: 'dependency-ok' },
      }),
    ],
    spec: () => ({ dependsOn: [{ name: 'ok-two' }] }),
    until: 'quiet',
    steps: [{ does: 'changed', commit: { 'b.yaml': other } }],
  },
]
