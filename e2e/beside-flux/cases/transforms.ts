// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { other, plain } from './manifests.ts'

const component = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n'
const patched = (patch: string, target?: object) => () => ({
  patches: [target === undefined ? { patch } : { patch, target }],
})
const replaceColor = '- op: replace\n  path: /data/color\n  value: red\n'

/** What the spec does to the kustomization of its path. */
export const transforms: readonly Case[] = [
  { name: 'origin-quirk', files: { 'kustomization.yaml': 'configMapGenerator:\n- name: x\n  literals: [a=b]\n' } },
  {
    name: 'origin-quirk-generated',
    files: { 'a.yaml': plain },
    spec: () => ({ buildMetadata: ['originAnnotations'] }),
  },
  {
    name: 'build-metadata-empty',
    files: { 'kustomization.yaml': 'resources: [a.yaml]\nbuildMetadata: [originAnnotations]\n', 'a.yaml': plain },
    spec: () => ({ buildMetadata: [] }),
  },
  {
    name: 'build-metadata-over',
    files: { 'kustomization.yaml': 'resources: [a.yaml]\nbuildMetadata: [originAnnotations]\n', 'a.yaml': plain },
    spec: () => ({ buildMetadata: ['transformerAnnotations'] }),
  },
  {
    name: 'component-absolute',
    files: { 'a.yaml': plain, 'c/kustomization.yaml': component },
    spec: () => ({ components: ['/c'] }),
  },
  { name: 'component-url', files: { 'a.yaml': plain }, spec: () => ({ components: ['https://example.com/x/y'] }) },
  {
    name: 'component-git-url',
    files: { 'a.yaml': plain },
    spec: () => ({ components: ['github.com/example/components//x?ref=v1'] }),
  },
  {
    name: 'component-is-file',
    files: { 'k/kustomization.yaml': 'resources: [a.yaml]\n', 'k/a.yaml': plain, 'c.yaml': component },
    spec: () => ({ path: './k', components: ['../c.yaml'] }),
  },
  {
    name: 'component-is-kustomization',
    files: {
      'k/kustomization.yaml': 'resources: [a.yaml]\n',
      'k/a.yaml': plain,
      'c/kustomization.yaml': 'namePrefix: c-\n',
    },
    spec: () => ({ path: './k', components: ['../c'] }),
  },
  {
    name: 'component-without-kustomization',
    files: { 'k/kustomization.yaml': 'resources: [a.yaml]\n', 'k/a.yaml': plain, 'c/readme.md': 'x' },
    spec: () => ({ path: './k', components: ['../c'], ignoreMissingComponents: true }),
  },
  { name: 'component-outside', files: { 'a.yaml': plain }, spec: () => ({ components: ['../../../../../../tmp'] }) },
  {
    name: 'component-below-generated',
    files: { 'a.yaml': plain, 'c/kustomization.yaml': component },
    spec: () => ({ components: ['c'] }),
  },
  {
    name: 'component-both',
    files: {
      'kustomization.yaml': 'resources: [a.yaml]\ncomponents: [one]\n',
      'a.yaml': plain,
      'one/kustomization.yaml': component,
      'two/kustomization.yaml': component.replace('c-', 'd-'),
    },
    spec: () => ({ components: ['two', 'none'], ignoreMissingComponents: true }),
  },
  {
    name: 'prefix-over',
    files: {
      'kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: own-\nnameSuffix: -own\nnamespace: nowhere\n',
      'a.yaml': plain,
    },
    spec: () => ({ namePrefix: 'pre-', nameSuffix: '-suf' }),
  },
  { name: 'prefix-invalid', files: { 'a.yaml': plain }, spec: () => ({ namePrefix: 'Not_Valid' }) },
  {
    name: 'image-digest',
    files: { 'b.yaml': deployment('web') },
    spec: () => ({
      images: [
        { name: 'example.com/app', digest: 'sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3' },
      ],
    }),
  },
  {
    name: 'image-digest-and-tag',
    files: { 'b.yaml': deployment('web') },
    spec: () => ({
      images: [
        {
          name: 'example.com/app',
          newTag: 'v2',
          digest: 'sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3',
        },
      ],
    }),
  },
  {
    name: 'image-merged',
    files: {
      'kustomization.yaml':
        'resources: [b.yaml]\nimages:\n- {name: example.com/app, newName: example.com/kept, newTag: v1}\n',
      'b.yaml': deployment('web'),
    },
    spec: () => ({ images: [{ name: 'example.com/app', newTag: 'v2' }] }),
  },
  {
    name: 'image-merged-digest',
    files: {
      'kustomization.yaml':
        'resources: [b.yaml]\nimages:\n- {name: example.com/app, newName: example.com/kept, newTag: v1}\n',
      'b.yaml': deployment('web'),
    },
    spec: () => ({
      images: [
        { name: 'example.com/app', digest: 'sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3' },
      ],
    }),
  },
  {
    name: 'image-port',
    files: {
      'b.yaml': deployment('web').replace(
        'example.com/app:1.0.0',
        'example.com:5000/app@sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3',
      ),
    },
    spec: () => ({ images: [{ name: 'example.com:5000/app', newTag: 'v3' }] }),
  },
  {
    name: 'image-renamed-only',
    files: { 'b.yaml': deployment('web') },
    spec: () => ({
      images: [
        { name: 'example.com/app', newName: 'mirror.example.com/app' },
        { name: 'none', newTag: 'x' },
      ],
    }),
  },
  {
    name: 'patch-delete',
    files: { 'a.yaml': plain, 'b.yaml': other },
    spec: patched('$patch: delete\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n', {
      kind: 'ConfigMap',
      name: 'other',
    }),
  },
  { name: 'patch-no-match', files: { 'a.yaml': plain }, spec: patched(replaceColor, { kind: 'Deployment' }) },
  { name: 'patch-not-yaml', files: { 'a.yaml': plain }, spec: patched('{{{', { kind: 'ConfigMap' }) },
  { name: 'patch-empty', files: { 'a.yaml': plain }, spec: patched('', { kind: 'ConfigMap' }) },
  { name: 'patch-ops-no-target', files: { 'a.yaml': plain }, spec: patched(replaceColor) },
  {
    name: 'patch-many-documents',
    files: { 'a.yaml': plain, 'b.yaml': other },
    spec: patched(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {x: y}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {x: y}\n',
    ),
  },
  {
    name: 'patch-selectors',
    files: {
      'a.yaml': configMap('settings', { color: 'blue' }, '  labels: {tier: one}\n  annotations: {note: two}\n'),
      'b.yaml': configMap('other', { color: 'blue' }),
    },
    spec: patched(replaceColor, { kind: 'ConfigMap', labelSelector: 'tier in (one)', annotationSelector: 'note=two' }),
  },
  {
    name: 'patch-name-regex',
    files: { 'a.yaml': plain, 'b.yaml': configMap('set', { color: 'blue' }) },
    spec: patched(replaceColor, { name: 'set.*' }),
  },
  { name: 'patch-name-part', files: { 'a.yaml': plain }, spec: patched(replaceColor, { name: 'sett' }) },
  { name: 'patch-bad-regex', files: { 'a.yaml': plain }, spec: patched(replaceColor, { name: '(' }) },
  { name: 'patch-bad-selector', files: { 'a.yaml': plain }, spec: patched(replaceColor, { labelSelector: 'a in (' }) },
  {
    name: 'patch-wrong-name',
    files: { 'a.yaml': plain },
    spec: patched('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other-name}\ndata: {x: y}\n', {
      kind: 'ConfigMap',
      name: 'settings',
    }),
  },
  {
    name: 'target-namespace-kinds',
    files: {
      'a.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: elsewhere}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n- {kind: ServiceAccount, name: default, namespace: default}\n- {kind: ServiceAccount, name: web, namespace: elsewhere}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: elsewhere}\n',
    },
  },
  {
    name: 'target-namespace-cluster',
    files: {
      'a.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "tnc-${side}"}\nrules: []\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: "tnc-${side}"}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "tnc-${side}"}\nsubjects:\n- {kind: ServiceAccount, name: default, namespace: default}\n',
    },
    spec: ({ side }) => ({ postBuild: { substitute: { side } } }),
    steps: [{ does: 'deleted', delete: true }],
  },
  {
    name: 'target-namespace-namespace',
    files: { 'a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: renamed}\n' },
  },
  {
    name: 'common-metadata-owner',
    files: { 'a.yaml': plain },
    spec: () => ({
      commonMetadata: {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'mine' },
        annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
      },
    }),
    steps: [{ does: 'removed', commit: { 'a.yaml': other } }],
  },
  {
    name: 'common-metadata-ssa',
    files: { 'a.yaml': plain },
    spec: () => ({ commonMetadata: { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' } } }),
  },
  {
    name: 'common-metadata-invalid',
    files: { 'a.yaml': plain },
    spec: () => ({ commonMetadata: { labels: { 'a b': 'c d' } } }),
  },
]
