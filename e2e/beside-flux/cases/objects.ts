// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case, Names } from '../case.ts'
import { deleted, other, plain, ref } from './manifests.ts'

const live = ({ app }: Names, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: app, ...metadata },
})
const annotated = (key: string, value: string, as = 'annotations'): string =>
  configMap('settings', { color: 'blue' }, `  ${as}:\n    kustomize.toolkit.fluxcd.io/${key}: ${value}\n`)
const green = { 'a.yaml': configMap('settings', { color: 'green' }) }
const service = (spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`
const held = (color: string): string => configMap('settings', { color }, '  finalizers: [example.com/held]\n')

/** Policy that refuses to delete ConfigMaps of the case's namespace. */
function undeletable({ app }: Names) {
  const metadata = { name: `${app}-keep` }
  const apiVersion = 'admissionregistration.k8s.io/v1'
  return [
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app } },
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: "oldObject.metadata.name != 'settings'", message: 'it stays' }],
      },
    },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata },
      spec: { policyName: `${app}-keep`, validationActions: ['Deny'] },
    },
  ]
}
const removePolicy = ({ app }: Names) =>
  ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy'].map((kind) => ({
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind, name: `${app}-keep` },
  }))
const removed = { does: 'removed', commit: { 'a.yaml': null } }

/** What becomes of objects. */
export const objects: readonly Case[] = [
  {
    name: 'ssa-value-case',
    files: { 'a.yaml': annotated('ssa', 'ifnotpresent') },
    steps: [{ does: 'changed', commit: { 'a.yaml': annotated('ssa', 'ifnotpresent').replace('blue', 'green') } }],
  },
  {
    name: 'ssa-label',
    files: { 'a.yaml': annotated('ssa', 'IfNotPresent', 'labels') },
    steps: [
      { does: 'changed', commit: { 'a.yaml': annotated('ssa', 'IfNotPresent', 'labels').replace('blue', 'green') } },
    ],
  },
  {
    name: 'ssa-unknown-value',
    files: { 'a.yaml': annotated('ssa', 'Sometimes') },
    steps: [{ does: 'changed', commit: { 'a.yaml': annotated('ssa', 'Sometimes').replace('blue', 'green') } }],
  },
  {
    name: 'ssa-merge-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'merged by hand',
        apply: (names) => [
          { ...live(names, { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' } }), data: { mine: 'too' } },
        ],
        request: true,
      },
      { does: 'changed', commit: green },
    ],
  },
  {
    name: 'ssa-ignore-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'ignored by hand',
        apply: (names) => [live(names, { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' } })],
        request: true,
      },
      { does: 'changed', commit: green },
      { does: 'removed', commit: { 'a.yaml': other } },
    ],
  },
  {
    name: 'ssa-absent-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'set by hand',
        apply: (names) => [live(names, { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' } })],
        request: true,
      },
      { does: 'changed', commit: green },
    ],
  },
  {
    name: 'prune-disabled-live',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [
      {
        does: 'set by hand',
        apply: (names) => [live(names, { labels: { 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' } })],
        request: true,
      },
      removed,
      deleted,
    ],
  },
  {
    name: 'prune-owner-gone',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [
      {
        does: 'taken',
        apply: (names) => [live(names, { labels: { 'kustomize.toolkit.fluxcd.io/name': 'somebody' } })],
        commit: { 'a.yaml': null },
      },
    ],
  },
  {
    name: 'prune-gone',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [{ does: 'removed twice', remove: (names) => [ref(names)], commit: { 'a.yaml': null } }],
  },
  {
    name: 'prune-refused',
    files: { 'a.yaml': plain, 'b.yaml': other, 'c.yaml': configMap('third', {}) },
    before: undeletable,
    steps: [
      { does: 'removed', commit: { 'a.yaml': null, 'c.yaml': null } },
      { does: 'again', request: true },
      { does: 'allowed', remove: removePolicy, request: true },
    ],
  },
  {
    name: 'delete-refused',
    files: { 'a.yaml': plain, 'b.yaml': other },
    before: undeletable,
    steps: [{ does: 'deleted', delete: true, until: 'quiet' }],
  },
  {
    name: 'delete-held',
    files: { 'a.yaml': held('blue') },
    spec: () => ({ deletionPolicy: 'WaitForTermination', timeout: '4s' }),
    steps: [deleted],
  },
  { name: 'delete-held-not-waited', files: { 'a.yaml': held('blue') }, steps: [deleted] },
  {
    name: 'mirror-no-prune',
    files: { 'a.yaml': plain },
    spec: () => ({ prune: false, deletionPolicy: 'MirrorPrune' }),
    steps: [deleted],
  },
  {
    name: 'prune-turned-on',
    files: { 'a.yaml': plain, 'b.yaml': other },
    spec: () => ({ prune: false }),
    steps: [removed, { does: 'turned on', patch: () => ({ spec: { prune: true } }) }],
  },
  {
    name: 'all-removed',
    files: { 'a.yaml': plain, 'b.yaml': other },
    steps: [{ does: 'removed', commit: { 'a.yaml': null, 'b.yaml': null, 'readme.md': 'x' } }],
  },
  {
    name: 'moved-kind',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'a Secret now',
        commit: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: settings}\nstringData: {color: blue}\n' },
      },
    ],
  },
  {
    name: 'moved-version',
    files: {
      'a.yaml':
        'apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, targetCPUUtilizationPercentage: 80}\n',
    },
    steps: [
      {
        does: 'v2',
        commit: {
          'a.yaml':
            'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}\n',
        },
      },
    ],
  },
  {
    name: 'failed-then-removed',
    files: { 'a.yaml': plain },
    steps: [
      { does: 'one bad', commit: { 'b.yaml': service('{ports: [{port: 99999999}]}') } },
      { does: 'mended', commit: { 'b.yaml': null, 'a.yaml': other } },
    ],
  },
  {
    name: 'force-service',
    files: { 'a.yaml': service('{clusterIP: None, ports: [{port: 80}]}') },
    spec: () => ({ force: true }),
    steps: [
      { does: 'changed', commit: { 'a.yaml': service('{ports: [{port: 80}]}') } },
      { does: 'type', commit: { 'a.yaml': service('{type: NodePort, clusterIP: None, ports: [{port: 80}]}') } },
    ],
  },
  {
    name: 'force-selector',
    files: { 'a.yaml': deployment('web') },
    spec: () => ({ force: true }),
    steps: [{ does: 'changed', commit: { 'a.yaml': deployment('web').replaceAll('app: web', 'app: two') } }],
  },
  {
    name: 'selector-immutable',
    files: { 'a.yaml': deployment('web'), 'b.yaml': plain },
    steps: [
      { does: 'changed', commit: { 'a.yaml': deployment('web').replaceAll('app: web', 'app: two'), 'b.yaml': other } },
      {
        does: 'live force',
        apply: ({ app }) => [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'web', namespace: app, annotations: { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' } },
          },
        ],
        request: true,
      },
    ],
  },
  {
    name: 'force-invalid',
    files: { 'a.yaml': plain },
    spec: () => ({ force: true }),
    steps: [{ does: 'invalid', commit: { 'a.yaml': service('{ports: [{port: 99999999}]}') } }],
  },
]
