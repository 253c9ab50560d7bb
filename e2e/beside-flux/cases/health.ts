// SPDX-License-Identifier: Apache-2.0
import { deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { plain } from './manifests.ts'

const unready = { 'a.yaml': deployment('web', 'Unready') }
/** Health and expressions. */
export const health: readonly Case[] = [
  {
    name: 'health-check-default-api',
    files: { 'b.yaml': deployment('web') },
    spec: ({ app }) => ({ healthChecks: [{ kind: 'Deployment', name: 'web', namespace: app }] }),
  },
  {
    name: 'health-check-no-namespace',
    files: { 'b.yaml': deployment('web') },
    spec: () => ({ timeout: '5s', healthChecks: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }] }),
  },
  {
    name: 'health-check-bad-api',
    files: { 'b.yaml': plain },
    spec: ({ app }) => ({
      timeout: '5s',
      healthChecks: [{ apiVersion: 'a/b/c', kind: 'Deployment', name: 'web', namespace: app }],
    }),
  },
  {
    name: 'health-check-cluster',
    files: { 'b.yaml': plain },
    spec: ({ app }) => ({ healthChecks: [{ apiVersion: 'v1', kind: 'Namespace', name: app }] }),
  },
  {
    name: 'health-check-and-wait',
    files: { 'b.yaml': plain },
    spec: ({ app }) => ({
      wait: true,
      healthChecks: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'none', namespace: app }],
    }),
  },
  {
    name: 'health-check-twice',
    files: { 'b.yaml': deployment('web') },
    spec: ({ app }) => ({
      healthChecks: [
        { kind: 'Deployment', name: 'web', namespace: app },
        { kind: 'Deployment', name: 'web', namespace: app },
      ],
    }),
  },
  {
    name: 'health-check-two-missing',
    files: { 'b.yaml': deployment('web', 'Unready') },
    spec: ({ app }) => ({
      timeout: '5s',
      healthChecks: ['web', 'two', 'three'].map((name) => ({ kind: 'Deployment', name, namespace: app })),
    }),
  },
  {
    name: 'health-check-removed',
    files: { 'b.yaml': deployment('web') },
    spec: () => ({ wait: true }),
    steps: [
      { does: 'not waited for', patch: () => ({ spec: { wait: false } }) },
      {
        does: 'nothing to wait for',
        patch: () => ({ spec: { wait: true } }),
        commit: { 'b.yaml': null, 'x.txt': 'x' },
      },
    ],
  },
  {
    name: 'wait-skipped',
    files: {
      'b.yaml': deployment('web', 'Unready').replace(
        '  name: web\nspec',
        '  name: web\n  annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}\nspec',
      ),
    },
    before: ({ app }) => [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: app },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' }, annotations: { 'kwok.tidelock.dev/behaviour': 'Unready' } },
            spec: { containers: [{ name: 'app', image: 'x' }] },
          },
        },
      },
    ],
    spec: () => ({ wait: true, timeout: '5s' }),
  },
  {
    name: 'wait-job-ttl',
    files: {
      'a.yaml':
        'apiVersion: batch/v1\nkind: Job\nmetadata: {name: task}\nspec:\n  ttlSecondsAfterFinished: 0\n  template:\n    spec: {restartPolicy: Never, containers: [{name: a, image: x}]}\n',
    },
    spec: () => ({ wait: true, timeout: '40s' }),
  },
  {
    name: 'wait-job',
    files: {
      'a.yaml':
        'apiVersion: batch/v1\nkind: Job\nmetadata: {name: task}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: a, image: x}]}\n',
    },
    spec: () => ({ wait: true, timeout: '40s' }),
  },
  {
    name: 'wait-two',
    files: { ...unready, 'b.yaml': deployment('two', 'Pending') },
    spec: () => ({ wait: true, timeout: '5s' }),
  },
  {
    name: 'wait-then-fails',
    files: { 'a.yaml': deployment('web') },
    spec: () => ({ wait: true, timeout: '5s' }),
    steps: [
      { does: 'broken', commit: { 'a.yaml': deployment('web', 'Unready') } },
      { does: 'requested', request: true },
      { does: 'mended', commit: { 'a.yaml': deployment('web') } },
    ],
  },
  {
    name: 'expr-error',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'status.none.deep == 1' }],
    }),
  },
  {
    name: 'expr-not-boolean',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'data.color' }],
    }),
  },
  {
    name: 'expr-not-boolean-literal',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: "'x'" }],
    }),
  },
  {
    name: 'expr-group',
    files: { 'a.yaml': plain, 'b.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n' },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [
        { apiVersion: 'v1', current: 'false', failed: 'true' },
        { apiVersion: 'v1', kind: 'ConfigMap', current: 'true' },
      ],
    }),
  },
  {
    name: 'expr-in-progress',
    files: { 'a.yaml': plain },
    spec: () => ({
      wait: true,
      timeout: '5s',
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'true', failed: 'true', inProgress: 'true' }],
    }),
  },
  {
    name: 'expr-unknown-name',
    files: { 'a.yaml': plain },
    spec: () => ({ wait: true, healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'nothing == 1' }] }),
  },
  {
    name: 'expr-bad-api',
    files: { 'a.yaml': plain },
    spec: () => ({ wait: true, healthCheckExprs: [{ apiVersion: 'a/b/c', kind: 'ConfigMap', current: 'true' }] }),
  },
  {
    name: 'expr-without-wait',
    files: { 'a.yaml': plain },
    spec: () => ({ healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'true &&' }] }),
  },
  {
    name: 'ready-expr-not-boolean',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', readyExpr: 'dep.metadata.name' }] }),
  },
  {
    name: 'ready-expr-string',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', readyExpr: "'x'" }] }),
  },
  {
    name: 'ready-expr-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', readyExpr: 'true' }] }),
  },
]
