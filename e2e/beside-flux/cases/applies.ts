// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case, Names } from '../case.ts'
import { plain, ref } from './manifests.ts'

const annotated = (key: string, value: string): string =>
  configMap('settings', { color: 'blue' }, `  annotations:\n    kustomize.toolkit.fluxcd.io/${key}: ${value}\n`)
const live = ({ app }: Names) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: app },
})
const job = (image: string): string =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: task\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: "${image}"}]\n`
const frozen = (color: string, metadata = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata:\n  name: settings\n${metadata}data:\n  color: ${color}\n`

/** Policy that refuses ConfigMaps of the case's namespace with the label `refused`. */
function policy({ app }: Names) {
  const metadata = { name: app }
  const apiVersion = 'admissionregistration.k8s.io/v1'
  return [
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app } },
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
          ],
        },
        validations: [{ expression: '!has(object.data.refused)', message: 'no refused things here' }],
      },
    },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata },
      spec: { policyName: app, validationActions: ['Deny'] },
    },
  ]
}

/** Apply, prune and settings of single objects. */
export const applies: readonly Case[] = [
  {
    name: 'plain',
    files: { 'a.yaml': plain },
    steps: [
      { does: 'requested', request: true },
      { does: 'changed', commit: { 'a.yaml': configMap('settings', { color: 'green' }) } },
      { does: 'unrelated commit', commit: { 'notes.txt': 'hello\n' } },
      { does: 'one more', commit: { 'b.yaml': configMap('more', { a: 'b' }) } },
      { does: 'removed', commit: { 'b.yaml': null } },
      { does: 'deleted', delete: true },
    ],
  },
  {
    name: 'all-kinds',
    files: {
      'a.yaml': `${plain}---\n${deployment('web')}---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}], selector: {app: web}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {a: b}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: "a:b"}\nrules: []\n`,
    },
    steps: [{ does: 'deleted', delete: true }],
  },
  { name: 'field-unknown', files: { 'a.yaml': deployment('web').replace('replicas', 'replicsa') } },
  { name: 'field-invalid', files: { 'a.yaml': deployment('web').replace('replicas: 1', 'replicas: many') } },
  {
    name: 'object-invalid',
    files: {
      'a.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 99999999}]}\n',
      'b.yaml': plain,
    },
  },
  { name: 'name-invalid', files: { 'a.yaml': configMap('Not_A_Name', { a: 'b' }) } },
  {
    name: 'kind-unknown',
    files: { 'a.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n', 'b.yaml': plain },
  },
  {
    name: 'crd-and-object',
    files: {
      'a.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.${side}.example.com\nspec:\n  group: ${side}.example.com\n  names: {kind: Thing, plural: things, singular: thing}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n---\napiVersion: ${side}.example.com/v1\nkind: Thing\nmetadata: {name: one}\nspec: {a: 1}\n',
    },
    spec: ({ side }) => ({ postBuild: { substitute: { side } }, wait: true }),
    steps: [{ does: 'deleted', delete: true }],
  },
  {
    name: 'namespace-and-object',
    files: {
      'a.yaml':
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: "made-${side}"}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: "made-${side}"}\n',
    },
    spec: ({ side }) => ({ postBuild: { substitute: { side } }, targetNamespace: undefined }),
  },
  {
    name: 'namespace-missing',
    files: { 'a.yaml': plain, 'b.yaml': configMap('other', {}) },
    spec: ({ side }) => ({ targetNamespace: `nowhere-${side}` }),
  },
  { name: 'no-namespace', files: { 'a.yaml': plain }, spec: () => ({ targetNamespace: undefined }) },
  {
    name: 'policy-refuses',
    files: {
      'a.yaml': configMap('settings', { refused: 'yes' }),
      'b.yaml': configMap('other', { a: 'b' }),
      'c.yaml': deployment('web'),
    },
    before: policy,
    steps: [
      { does: 'mended', commit: { 'a.yaml': plain } },
      { does: 'refused again', commit: { 'a.yaml': configMap('settings', { refused: 'yes' }) } },
    ],
  },
  {
    name: 'immutable',
    files: { 'a.yaml': frozen('blue') },
    steps: [
      { does: 'changed', commit: { 'a.yaml': frozen('red') } },
      { does: 'forced', patch: () => ({ spec: { force: true } }) },
    ],
  },
  {
    name: 'immutable-annotated',
    files: { 'a.yaml': frozen('blue', '  annotations:\n    kustomize.toolkit.fluxcd.io/force: enabled\n') },
    steps: [
      {
        does: 'changed',
        commit: { 'a.yaml': frozen('red', '  annotations:\n    kustomize.toolkit.fluxcd.io/force: enabled\n') },
      },
    ],
  },
  {
    name: 'immutable-job',
    files: { 'a.yaml': job('one') },
    steps: [{ does: 'changed', commit: { 'a.yaml': job('two') } }],
  },
  {
    name: 'ssa-merge',
    files: { 'a.yaml': annotated('ssa', 'Merge') },
    steps: [
      {
        does: 'added by hand',
        apply: (names) => [{ ...live(names), data: { mine: 'too', color: 'red' } }],
        request: true,
      },
    ],
  },
  {
    name: 'ssa-if-not-present',
    files: { 'a.yaml': annotated('ssa', 'IfNotPresent') },
    steps: [
      { does: 'changed by hand', apply: (names) => [{ ...live(names), data: { color: 'red' } }], request: true },
      { does: 'changed', commit: { 'a.yaml': annotated('ssa', 'IfNotPresent').replace('blue', 'green') } },
    ],
  },
  {
    name: 'ssa-if-not-present-there',
    files: { 'a.yaml': annotated('ssa', 'IfNotPresent') },
    before: (names) => [{ ...live(names), data: { color: 'red' } }],
    steps: [{ does: 'removed', commit: { 'a.yaml': configMap('other', { a: 'b' }) } }],
  },
  { name: 'ssa-ignore', files: { 'a.yaml': annotated('ssa', 'Ignore'), 'b.yaml': configMap('other', { a: 'b' }) } },
  {
    name: 'ssa-ignore-later',
    files: { 'a.yaml': plain },
    steps: [
      { does: 'ignored', commit: { 'a.yaml': annotated('ssa', 'Ignore').replace('blue', 'green') } },
      { does: 'removed', commit: { 'a.yaml': configMap('other', { a: 'b' }) } },
    ],
  },
  {
    name: 'reconcile-disabled',
    files: { 'a.yaml': plain },
    steps: [
      { does: 'disabled in Git', commit: { 'a.yaml': annotated('reconcile', 'disabled').replace('blue', 'green') } },
      { does: 'removed', commit: { 'a.yaml': configMap('other', { a: 'b' }) } },
    ],
  },
  {
    name: 'reconcile-disabled-live',
    files: { 'a.yaml': plain },
    steps: [
      {
        does: 'disabled by hand',
        apply: (names) => [
          {
            ...live(names),
            metadata: { ...live(names).metadata, annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } },
            data: { color: 'red' },
          },
        ],
        request: true,
      },
    ],
  },
  {
    name: 'prune-disabled',
    files: { 'a.yaml': annotated('prune', 'disabled') },
    steps: [
      { does: 'removed', commit: { 'a.yaml': configMap('other', { a: 'b' }) } },
      { does: 'deleted', delete: true },
    ],
  },
  {
    name: 'prune-off',
    files: { 'a.yaml': plain, 'b.yaml': configMap('other', { a: 'b' }) },
    spec: () => ({ prune: false }),
    steps: [
      { does: 'removed', commit: { 'a.yaml': null } },
      { does: 'deleted', delete: true },
    ],
  },
  {
    name: 'orphaned',
    files: { 'a.yaml': plain },
    spec: () => ({ deletionPolicy: 'Orphan' }),
    steps: [{ does: 'deleted', delete: true }],
  },
  {
    name: 'delete-policy',
    files: { 'a.yaml': plain },
    spec: () => ({ prune: false, deletionPolicy: 'Delete' }),
    steps: [{ does: 'deleted', delete: true }],
  },
  {
    name: 'wait-for-termination',
    files: { 'a.yaml': plain },
    spec: () => ({ deletionPolicy: 'WaitForTermination' }),
    steps: [{ does: 'deleted', delete: true }],
  },
  {
    name: 'suspended',
    files: { 'a.yaml': plain },
    steps: [
      { does: 'suspended', patch: () => ({ spec: { suspend: true } }), until: 'quiet' },
      { does: 'resumed', patch: () => ({ spec: { suspend: false } }) },
      { does: 'suspended again', patch: () => ({ spec: { suspend: true } }), until: 'quiet' },
      { does: 'deleted', delete: true },
    ],
  },
  { name: 'born-suspended', files: { 'a.yaml': plain }, spec: () => ({ suspend: true }), until: 'quiet' },
  {
    name: 'kubectl-took-it',
    files: { 'a.yaml': plain },
    before: (names) => [{ ...live(names), data: { color: 'red', own: 'x' } }],
  },
  {
    name: 'object-deleted',
    files: { 'a.yaml': plain },
    spec: () => ({}),
    steps: [{ does: 'deleted by hand', remove: (names) => [ref(names)], request: true }],
  },
  {
    name: 'list-kind',
    files: {
      'a.yaml': `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}\n`,
    },
  },
  {
    name: 'ignore-rules',
    files: { 'a.yaml': deployment('web') },
    spec: () => ({ ignore: [{ paths: ['/spec/replicas'], target: { kind: 'Deployment' } }] }),
    steps: [{ does: 'scaled', commit: { 'a.yaml': deployment('web').replace('replicas: 1', 'replicas: 3') } }],
  },
]
