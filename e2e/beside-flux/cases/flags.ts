// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { account, byConfigMap, deleted, kustomization, mayAll, other, plain, settings } from './manifests.ts'

const unready = { 'a.yaml': deployment('web', 'Unready') }
const lockDown = ['--no-cross-namespace-refs=true', '--no-remote-bases=true', '--default-service-account=default']
const gates = (names: string): readonly string[] => [`--feature-gates=${names}`]

/** Remote bases, schedule, flags and feature gates. */
export const flags: readonly Case[] = [
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
