// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { plain } from './manifests.ts'

const substitute = (values: Readonly<Record<string, string>>) => ({ postBuild: { substitute: values } })

/** What goes wrong, or right, before anything is applied. */
export const builds: readonly Case[] = [
  { name: 'path-missing', files: { 'a.yaml': plain }, spec: () => ({ path: './nowhere' }) },
  { name: 'path-is-file', files: { 'a.yaml': plain }, spec: () => ({ path: './a.yaml' }) },
  { name: 'path-escapes', files: { 'a.yaml': plain }, spec: () => ({ path: '../../etc' }) },
  { name: 'empty-directory', files: { 'README.md': 'nothing here\n' } },
  {
    name: 'resource-missing',
    files: { 'kustomization.yaml': 'resources: [gone.yaml]\n' },
    steps: [
      { does: 'mended', commit: { 'gone.yaml': plain } },
      { does: 'broken again', commit: { 'gone.yaml': null } },
    ],
  },
  { name: 'kustomization-invalid', files: { 'kustomization.yaml': 'resourcez: [a.yaml]\n', 'a.yaml': plain } },
  { name: 'kustomization-no-yaml', files: { 'kustomization.yaml': 'resources: [a\n', 'a.yaml': plain } },
  { name: 'yaml-invalid', files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n' } },
  {
    name: 'yaml-tabs',
    files: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': 'apiVersion: v1\n\tkind: X\n' },
  },
  {
    name: 'kind-missing',
    files: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': 'apiVersion: v1\nmetadata: {name: a}\n' },
  },
  {
    name: 'name-missing',
    files: {
      'kustomization.yaml': 'resources: [a.yaml]\n',
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n',
    },
  },
  {
    name: 'same-id-twice',
    files: { 'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n', 'a.yaml': plain, 'b.yaml': plain },
  },
  { name: 'generated-same-id', files: { 'a.yaml': plain, 'b.yaml': plain } },
  {
    name: 'patch-without-target',
    files: { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': plain },
    spec: () => ({ patches: [{ patch: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n' }] }),
  },
  {
    name: 'patch-broken',
    files: { 'a.yaml': plain },
    spec: () => ({
      patches: [{ patch: '- op: replace\n  path: /data/none/deep\n  value: x\n', target: { kind: 'ConfigMap' } }],
    }),
  },
  {
    name: 'component-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ components: ['../none'] }),
    steps: [{ does: 'ignored', patch: () => ({ spec: { ignoreMissingComponents: true } }) }],
  },
  {
    name: 'component',
    files: {
      'app/kustomization.yaml': 'resources: [a.yaml]\n',
      'app/a.yaml': plain,
      'extra/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- patch: |-\n    - op: add\n      path: /data/extra\n      value: here\n  target: {kind: ConfigMap}\n',
    },
    spec: () => ({ path: './app', components: ['../extra'] }),
  },
  { name: 'remote-base-unreachable', files: { 'kustomization.yaml': 'resources: ["http://127.0.0.1:1/x.yaml"]\n' } },
  {
    name: 'substitute-strict',
    files: { 'a.yaml': configMap('settings', { color: '${COLOR}' }) },
    spec: () => substitute({ OTHER: 'x' }),
    steps: [{ does: 'given', patch: () => ({ spec: substitute({ COLOR: 'red' }) }) }],
  },
  {
    name: 'substitute-bad',
    files: { 'a.yaml': configMap('settings', { color: '${COLOR' }) },
    spec: () => substitute({ COLOR: 'x' }),
  },
  { name: 'substitute-bad-name', files: { 'a.yaml': plain }, spec: () => substitute({ 'my-color': 'x' }) },
  {
    name: 'substitute-breaks-yaml',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: ${V}\n' },
    spec: () => substitute({ V: '{ x: [' }),
  },
  {
    name: 'substitute-number',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: ${V}\n' },
    spec: () => substitute({ V: '8080' }),
  },
  {
    name: 'substitute-escapes',
    files: {
      'a.yaml': configMap('settings', {
        one: '$${KEPT}',
        two: '$KEPT',
        three: '${V:-some}',
        four: '${C^^}',
        five: '${C:1:2}',
        six: '${C/e/a}',
      }),
    },
    spec: () => substitute({ C: 'hello' }),
  },
  {
    name: 'substitute-from-missing',
    files: { 'a.yaml': plain },
    spec: () => ({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'none' }] } }),
  },
  {
    name: 'substitute-from',
    files: { 'a.yaml': configMap('settings', { color: '${COLOR}', size: '${SIZE:=small}' }) },
    spec: () => ({
      postBuild: {
        substituteFrom: [
          { kind: 'ConfigMap', name: 'vars' },
          { kind: 'Secret', name: 'none', optional: true },
        ],
      },
    }),
    before: ({ system }) => [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vars', namespace: system }, data: { COLOR: 'red' } },
    ],
  },
  {
    name: 'substitute-disabled',
    files: {
      'a.yaml': configMap(
        'settings',
        { color: '${COLOR}' },
        '  annotations:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n',
      ),
    },
    spec: () => substitute({ OTHER: 'x' }),
  },
  {
    name: 'transformers',
    files: { 'a.yaml': plain, 'b.yaml': deployment('web') },
    spec: () => ({
      namePrefix: 'pre-',
      nameSuffix: '-suf',
      commonMetadata: { labels: { team: 'one' }, annotations: { note: 'two' } },
      images: [{ name: 'example.com/app', newName: 'example.com/other', newTag: '2.0.0' }],
      patches: [{ patch: '- op: replace\n  path: /spec/replicas\n  value: 2\n', target: { kind: 'Deployment' } }],
    }),
  },
  {
    name: 'build-metadata',
    files: {
      'app/kustomization.yaml': 'resources: [../base]\nnamePrefix: x-\n',
      'base/kustomization.yaml': 'resources: [a.yaml]\n',
      'base/a.yaml': plain,
    },
    spec: () => ({ path: './app', buildMetadata: ['originAnnotations', 'transformerAnnotations'] }),
  },
  {
    name: 'overlay',
    files: {
      'base/kustomization.yaml':
        'resources: [a.yaml]\nconfigMapGenerator:\n- name: gen\n  literals: [a=b]\nsecretGenerator:\n- name: sec\n  literals: [a=b]\n',
      'base/a.yaml': plain,
      'over/kustomization.yaml': 'resources: [../base]\nnamePrefix: o-\nlabels:\n- pairs: {env: over}\n',
    },
    spec: () => ({ path: './over' }),
    steps: [
      {
        does: 'hash changed',
        commit: {
          'base/kustomization.yaml': 'resources: [a.yaml]\nconfigMapGenerator:\n- name: gen\n  literals: [a=c]\n',
        },
      },
    ],
  },
]
