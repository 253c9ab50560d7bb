// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { configMap, deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { plain } from './manifests.ts'

const vector = (path: string): string =>
  readFileSync(new URL(`../../../libs/sops/testdata/${path}`, import.meta.url), 'utf8')
const keys = (system: string, name: string, data: Readonly<Record<string, string>>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: system } },
  stringData: data,
})
const healthCheck = (app: string, name = 'web') => ({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: app })
const check = (apiVersion: string, kind: string, rest: object) => ({ apiVersion, kind, ...rest })

/** Health, dependencies, sources, identity and keys. */
export const waits: readonly Case[] = [
  {
    name: 'wait-ok',
    files: { 'a.yaml': plain, 'b.yaml': deployment('web') },
    spec: () => ({ wait: true }),
    steps: [
      { does: 'changed', commit: { 'b.yaml': deployment('web').replace('1.0.0', '1.1.0') } },
      { does: 'requested', request: true },
    ],
  },
  {
    name: 'wait-timeout',
    files: { 'a.yaml': deployment('web', 'Unready') },
    spec: () => ({ wait: true, timeout: '5s' }),
    steps: [{ does: 'mended', commit: { 'a.yaml': deployment('web') } }],
  },
  {
    name: 'wait-failed-job',
    files: {
      'a.yaml':
        'apiVersion: batch/v1\nkind: Job\nmetadata: {name: task}\nspec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {kwok.tidelock.dev/behaviour: Failed}}\n    spec: {restartPolicy: Never, containers: [{name: a, image: x}]}\n',
    },
    spec: () => ({ wait: true, timeout: '20s' }),
  },
  {
    name: 'health-check-ok',
    files: { 'a.yaml': deployment('web'), 'b.yaml': deployment('other', 'Pending') },
    spec: ({ app }) => ({ healthChecks: [healthCheck(app)] }),
  },
  {
    name: 'health-check-missing',
    files: { 'a.yaml': plain },
    spec: ({ app }) => ({ timeout: '5s', healthChecks: [healthCheck(app, 'none')] }),
  },
  {
    name: 'health-check-bad-kind',
    files: { 'a.yaml': plain },
    spec: ({ app }) => ({
      timeout: '5s',
      healthChecks: [check('example.com/v1', 'None', { name: 'a', namespace: app })],
    }),
  },
  {
    name: 'health-expr',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [check('v1', 'ConfigMap', { current: "data.color == 'red'" })],
    }),
    steps: [{ does: 'mended', commit: { 'a.yaml': configMap('settings', { color: 'red' }) } }],
  },
  {
    name: 'health-expr-failed',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [check('v1', 'ConfigMap', { current: 'false', failed: "data.color == 'blue'" })],
    }),
  },
  {
    name: 'health-expr-invalid',
    files: { 'a.yaml': plain },
    spec: () => ({ wait: true, healthCheckExprs: [check('v1', 'ConfigMap', { current: 'data.color ==' })] }),
    steps: [{ does: 'mended', patch: () => ({ spec: { healthCheckExprs: null } }) }],
  },
  {
    name: 'health-expr-twice',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      healthCheckExprs: [check('v1', 'ConfigMap', { current: 'true' }), check('v1', 'ConfigMap', { current: 'true' })],
    }),
  },
  { name: 'dependency-missing', files: { 'a.yaml': plain }, spec: () => ({ dependsOn: [{ name: 'none' }] }) },
  { name: 'dependency-self', files: { 'a.yaml': plain }, spec: () => ({ dependsOn: [{ name: 'dependency-self' }] }) },
  {
    name: 'dependency-not-ready',
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name: 'needed', namespace: system },
        spec: {
          interval: '1h',
          prune: true,
          path: './none',
          suspend: true,
          sourceRef: { kind: 'GitRepository', name: 'dependency-not-ready' },
        },
      },
    ],
    spec: () => ({ dependsOn: [{ name: 'needed' }] }),
  },
  {
    name: 'ready-expr-false',
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name: 'asked', namespace: system },
        spec: {
          interval: '1h',
          prune: true,
          path: './',
          suspend: true,
          sourceRef: { kind: 'GitRepository', name: 'ready-expr-false' },
        },
      },
    ],
    spec: () => ({ dependsOn: [{ name: 'asked', readyExpr: "dep.metadata.name == 'other'" }] }),
    steps: [
      {
        does: 'true',
        patch: () => ({
          spec: {
            dependsOn: [
              { name: 'asked', readyExpr: "dep.metadata.name == 'asked' && self.metadata.name == 'ready-expr-false'" },
            ],
          },
        }),
      },
      {
        does: 'no such field',
        patch: () => ({ spec: { dependsOn: [{ name: 'asked', readyExpr: 'dep.status.none.deep == 1' }] } }),
      },
    ],
  },
  {
    name: 'ready-expr-invalid',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', readyExpr: 'dep.metadata.name ==' }] }),
  },
  {
    name: 'ready-expr-type',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', readyExpr: 'unknown.name == 1' }] }),
  },
  {
    name: 'source-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { kind: 'GitRepository', name: 'none' } }),
  },
  {
    name: 'source-other-kind-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { kind: 'OCIRepository', name: 'none' } }),
  },
  {
    name: 'source-without-artifact',
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: 'empty', namespace: system },
        spec: { interval: '1h', suspend: true, url: 'http://127.0.0.1:1/none' },
      },
    ],
    spec: () => ({ sourceRef: { kind: 'GitRepository', name: 'empty' } }),
    until: 'quiet',
  },
  { name: 'account-missing', files: { 'a.yaml': plain }, spec: () => ({ serviceAccountName: 'none' }) },
  {
    name: 'account-without-rights',
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'weak', namespace: system } },
    ],
    spec: () => ({ serviceAccountName: 'weak' }),
  },
  {
    name: 'kubeconfig-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ kubeConfig: { secretRef: { name: 'none' } } }),
  },
  {
    name: 'kubeconfig-empty',
    files: { 'a.yaml': plain },
    before: ({ system }) => [keys(system, 'kube-empty', { other: 'x' })],
    spec: () => ({ kubeConfig: { secretRef: { name: 'kube-empty' } } }),
  },
  {
    name: 'kubeconfig-key',
    files: { 'a.yaml': plain },
    before: ({ system }) => [keys(system, 'kube-key', { other: 'x' })],
    spec: () => ({ kubeConfig: { secretRef: { name: 'kube-key', key: 'mine' } } }),
  },
  {
    name: 'kubeconfig-garbage',
    files: { 'a.yaml': plain },
    before: ({ system }) => [keys(system, 'kube-garbage', { value: '{{{{' })],
    spec: () => ({ kubeConfig: { secretRef: { name: 'kube-garbage' } } }),
  },
  {
    name: 'sops',
    files: { 'secret.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [keys(system, 'sops-age', { 'main.agekey': vector('keys/one.agekey') })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-age' } } }),
  },
  {
    name: 'sops-no-key',
    files: { 'secret.yaml': vector('encrypted/secret.yaml') },
    spec: () => ({ decryption: { provider: 'sops' } }),
  },
  {
    name: 'sops-secret-missing',
    files: { 'secret.yaml': vector('encrypted/secret.yaml') },
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'no-keys' } } }),
  },
  {
    name: 'sops-bad-key',
    files: { 'secret.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [keys(system, 'sops-bad', { 'main.agekey': 'AGE-SECRET-KEY-NONSENSE' })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-bad' } } }),
  },
  { name: 'sops-not-asked', files: { 'secret.yaml': vector('encrypted/secret.yaml') } },
  { name: 'retry-interval', files: { 'a.yaml': plain }, spec: () => ({ path: './none', retryInterval: '4s' }) },
]
