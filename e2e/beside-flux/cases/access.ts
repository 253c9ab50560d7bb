// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case, Names } from '../case.ts'

const plain = configMap('settings', { color: 'blue' })
const other = configMap('other', { a: 'b' })
const secret = (system: string, name: string, data: object) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: system } },
  stringData: data,
})
const settings = (system: string, name: string, data: object) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: system } },
  data,
})
const byConfigMap = (name: string) => () => ({ kubeConfig: { configMapRef: { name } } })
const account = ({ system }: Names, name: string) => ({
  ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: system } },
})
const mayAll = ({ system, app }: Names, name: string) => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name, namespace: app } },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'ServiceAccount', name, namespace: system }],
})
const kustomization = ({ system }: Names, name: string, spec: object) => ({
  ...{ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name, namespace: system } },
  spec: { interval: '1h', prune: true, path: './', ...spec },
})
const repository = (namespace: string, name: string) => ({
  ...{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata: { name, namespace } },
  spec: { interval: '1h', suspend: true, url: 'http://127.0.0.1:1/none' },
})
const unready = { 'a.yaml': deployment('web', 'Unready') }
const deleted = { does: 'deleted', delete: true } as const
const lockDown = ['--no-cross-namespace-refs=true', '--no-remote-bases=true', '--default-service-account=default']
const gates = (names: string): readonly string[] => [`--feature-gates=${names}`]

/** Identities, other clusters, flags and feature gates. */
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
  { name: 'remote-base-ssh', files: { 'kustomization.yaml': 'resources: ["git@127.0.0.1:x/y"]\n' } },
  {
    name: 'remote-file-missing',
    files: { 'kustomization.yaml': 'resources: ["http://127.0.0.1:1/none.yaml"]\n', 'a.yaml': plain },
  },
  {
    name: 'timeout-short',
    files: { 'a.yaml': plain },
    spec: () => ({ timeout: undefined, interval: '40s', wait: true }),
  },
  { name: 'interval-parts', files: { 'a.yaml': plain }, spec: () => ({ interval: '1h30m0.5s' }) },
  {
    name: 'locked-plain',
    flags: lockDown,
    files: { 'a.yaml': plain },
    before: (names) => [account(names, 'default'), mayAll(names, 'default')],
    steps: [deleted],
  },
  { name: 'locked-no-rights', flags: lockDown, files: { 'a.yaml': plain } },
  {
    name: 'locked-source',
    flags: lockDown,
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { kind: 'GitRepository', name: 'locked-source', namespace: 'default' } }),
    steps: [{ does: 'mended', patch: ({ system }) => ({ spec: { sourceRef: { namespace: system } } }) }],
  },
  {
    name: 'locked-dependency',
    flags: lockDown,
    files: { 'a.yaml': plain },
    spec: () => ({ dependsOn: [{ name: 'none', namespace: 'default' }] }),
  },
  {
    name: 'locked-remote',
    flags: lockDown,
    files: { 'kustomization.yaml': 'resources: ["https://127.0.0.1:1/x.yaml"]\n' },
  },
  {
    name: 'locked-remote-git',
    flags: lockDown,
    files: { 'kustomization.yaml': 'resources: ["github.com/example/x//y?ref=v1"]\n' },
  },
  {
    name: 'locked-outside',
    flags: lockDown,
    files: { 'kustomization.yaml': 'resources: ["../../../../etc/hostname"]\n' },
  },
  {
    name: 'gate-loose',
    flags: gates(
      'StrictPostBuildSubstitutions=false,DisableFailFastBehavior=true,AdditiveCELDependencyCheck=true,ObjectLevelWorkloadIdentity=true',
    ),
    files: { 'a.yaml': configMap('settings', { a: '[${A}]' }) },
    spec: () => ({ postBuild: { substitute: { B: 'x' } } }),
  },
  {
    name: 'gate-additive',
    flags: gates(
      'StrictPostBuildSubstitutions=false,DisableFailFastBehavior=true,AdditiveCELDependencyCheck=true,ObjectLevelWorkloadIdentity=true',
    ),
    files: { 'a.yaml': plain },
    before: (names) => [
      kustomization(names, 'additive', { suspend: true, sourceRef: { kind: 'GitRepository', name: 'gate-additive' } }),
    ],
    spec: () => ({ dependsOn: [{ name: 'additive', readyExpr: 'true' }] }),
  },
  {
    name: 'gate-no-fail-fast',
    flags: gates(
      'StrictPostBuildSubstitutions=false,DisableFailFastBehavior=true,AdditiveCELDependencyCheck=true,ObjectLevelWorkloadIdentity=true',
    ),
    files: {
      'a.yaml':
        'apiVersion: batch/v1\nkind: Job\nmetadata: {name: task}\nspec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {kwok.tidelock.dev/behaviour: Failed}}\n    spec: {restartPolicy: Never, containers: [{name: a, image: x}]}\n',
    },
    spec: () => ({ wait: true, timeout: '8s' }),
  },
  {
    name: 'gate-account',
    flags: gates(
      'StrictPostBuildSubstitutions=false,DisableFailFastBehavior=true,AdditiveCELDependencyCheck=true,ObjectLevelWorkloadIdentity=true',
    ),
    files: { 'a.yaml': plain },
    before: ({ system }) => [
      settings(system, 'gka', { provider: 'generic', address: 'https://127.0.0.1:1', serviceAccountName: 'missing' }),
    ],
    spec: byConfigMap('gka'),
  },
  {
    name: 'gate-decryption-account',
    flags: gates(
      'StrictPostBuildSubstitutions=false,DisableFailFastBehavior=true,AdditiveCELDependencyCheck=true,ObjectLevelWorkloadIdentity=true',
    ),
    files: { 'a.yaml': plain },
    spec: () => ({ decryption: { provider: 'sops', serviceAccountName: 'missing' } }),
  },
  {
    name: 'gate-external',
    flags: [
      ...gates('ExternalArtifact=true,DirectSourceFetch=true,CancelHealthCheckOnNewRevision=true'),
      '--custom-apply-stage-kinds=/Secret',
      '--override-manager=mine',
      '--requeue-dependency=3s',
    ],
    files: { 'a.yaml': plain },
    spec: () => ({ sourceRef: { kind: 'ExternalArtifact', name: 'none' } }),
  },
  {
    name: 'gate-direct',
    flags: [
      ...gates('ExternalArtifact=true,DirectSourceFetch=true,CancelHealthCheckOnNewRevision=true'),
      '--custom-apply-stage-kinds=/Secret',
      '--override-manager=mine',
      '--requeue-dependency=3s',
    ],
    files: { 'a.yaml': plain, 'b.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n' },
    steps: [{ does: 'changed', commit: { 'a.yaml': other } }],
  },
  {
    name: 'gate-cancel',
    flags: [
      ...gates('ExternalArtifact=true,DirectSourceFetch=true,CancelHealthCheckOnNewRevision=true'),
      '--custom-apply-stage-kinds=/Secret',
      '--override-manager=mine',
      '--requeue-dependency=3s',
    ],
    files: unready,
    spec: () => ({ wait: true, timeout: '100s' }),
    until: 'quiet',
    steps: [{ does: 'mended during the wait', commit: { 'a.yaml': deployment('web') } }],
  },
]
