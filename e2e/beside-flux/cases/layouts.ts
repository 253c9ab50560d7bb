// SPDX-License-Identifier: Apache-2.0
import { configMap, deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { other, plain } from './manifests.ts'

const component = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n'

/** Which files a path may have, and what a kustomization may say. */
export const layouts: readonly Case[] = [
  {
    name: 'kustomization-yml',
    files: { 'kustomization.yml': 'resources: [a.yaml]\n', 'a.yaml': plain, 'b.yaml': other },
  },
  {
    name: 'kustomization-plain-name',
    files: { Kustomization: 'resources: [a.yaml]\n', 'a.yaml': plain, 'b.yaml': other },
  },
  {
    name: 'kustomization-twice',
    files: {
      Kustomization: 'resources: [a.yaml]\n',
      'kustomization.yaml': 'resources: [b.yaml]\n',
      'a.yaml': plain,
      'b.yaml': other,
    },
  },
  { name: 'kustomization-empty', files: { 'kustomization.yaml': '', 'a.yaml': plain } },
  { name: 'kustomization-comment', files: { 'kustomization.yaml': '# nothing\n', 'a.yaml': plain } },
  { name: 'kustomization-no-resources', files: { 'kustomization.yaml': 'resources: []\n', 'a.yaml': plain } },
  {
    name: 'kustomization-is-component',
    files: { 'kustomization.yaml': `${component}resources: [a.yaml]\n`, 'a.yaml': plain },
  },
  {
    name: 'kustomization-wrong-kind',
    files: { 'kustomization.yaml': 'kind: Other\nresources: [a.yaml]\n', 'a.yaml': plain },
  },
  {
    name: 'kustomization-wrong-version',
    files: {
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v9\nkind: Kustomization\nresources: [a.yaml]\n',
      'a.yaml': plain,
    },
  },
  {
    name: 'flux-object-named-kustomization',
    files: {
      'kustomization.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec: {}\n',
    },
  },
  { name: 'values-file-below', files: { 'a.yaml': plain, 'chart/values.yaml': 'replicas: 2\n' } },
  { name: 'list-file-below', files: { 'a.yaml': plain, 'b.yaml': '- one\n- two\n' } },
  { name: 'text-file-below', files: { 'a.yaml': plain, 'b.yaml': 'just text\n' } },
  {
    name: 'empty-file-below',
    files: { 'a.yaml': plain, 'b.yaml': '', 'c.yaml': '# comment\n', 'd.yaml': '---\n---\n' },
  },
  {
    name: 'json-file-below',
    files: { 'a.yaml': plain, 'b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"}}\n' },
  },
  {
    name: 'json-in-yaml',
    files: { 'a.yaml': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"},"data":{"a":"b"}}\n' },
  },
  { name: 'hidden-file-below', files: { '.a.yaml': plain, '.dir/b.yaml': other } },
  { name: 'upper-case-ending', files: { 'a.YAML': plain, 'b.yaml': other } },
  { name: 'windows-lines', files: { 'a.yaml': plain.replaceAll('\n', '\r\n') } },
  { name: 'byte-order-mark', files: { 'a.yaml': `\uFEFF${plain}` } },
  { name: 'duplicate-keys', files: { 'a.yaml': `${plain}data:\n  color: red\n` } },
  {
    name: 'anchors',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: &l {x: y}}\ndata: *l\n' },
  },
  {
    name: 'merge-keys',
    files: {
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: &l {x: y}}\ndata:\n  <<: *l\n  b: c\n',
    },
  },
  {
    name: 'yaml-numbers',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  on: "yes"\n  a: 1\n' },
  },
  {
    name: 'yaml-booleans',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {x: yes}}\n' },
  },
  {
    name: 'yaml-long-number',
    files: { 'a.yaml': deployment('web').replace('replicas: 1', 'replicas: 1\n  progressDeadlineSeconds: 1e3') },
  },
  {
    name: 'below-own-kustomization',
    files: {
      'a.yaml': plain,
      'sub/kustomization.yaml': 'namePrefix: sub-\nresources: [b.yaml]\n',
      'sub/b.yaml': other,
      'sub/c.yaml': configMap('not-listed', {}),
    },
  },
  { name: 'below-own-component', files: { 'a.yaml': plain, 'sub/kustomization.yaml': component } },
  { name: 'below-empty-kustomization', files: { 'a.yaml': plain, 'sub/kustomization.yaml': '' } },
  { name: 'below-deep', files: { 'a.yaml': plain, 'x/y/z/b.yaml': other } },
  { name: 'generated-order', files: { 'b.yaml': other, 'a/z.yaml': plain, 'c.yml': configMap('c', {}) } },
  { name: 'path-root', files: { 'a.yaml': plain }, spec: () => ({ path: '/' }) },
  { name: 'path-empty', files: { 'a.yaml': plain }, spec: () => ({ path: '' }) },
  { name: 'path-none', files: { 'a.yaml': plain }, spec: () => ({ path: undefined }) },
  { name: 'path-dots', files: { 'app/a.yaml': plain, 'b.yaml': other }, spec: () => ({ path: './none/../app' }) },
  { name: 'path-absolute', files: { 'app/a.yaml': plain, 'b.yaml': other }, spec: () => ({ path: '/app' }) },
  { name: 'path-up-and-back', files: { 'app/a.yaml': plain }, spec: () => ({ path: '../../app' }) },
  {
    name: 'resource-above',
    files: { 'app/kustomization.yaml': 'resources: [../a.yaml]\n', 'a.yaml': plain },
    spec: () => ({ path: './app' }),
  },
  {
    name: 'resource-outside',
    files: { 'app/kustomization.yaml': 'resources: [../../../../../../etc/hostname]\n' },
    spec: () => ({ path: './app' }),
  },
  { name: 'resource-absolute', files: { 'kustomization.yaml': 'resources: [/etc/hostname]\n' } },
  {
    name: 'resource-cycle',
    files: { 'a/kustomization.yaml': 'resources: [../b]\n', 'b/kustomization.yaml': 'resources: [../a]\n' },
    spec: () => ({ path: './a' }),
  },
  {
    name: 'old-fields',
    files: {
      'kustomization.yaml':
        'bases: [base]\ncommonLabels: {app: x}\npatchesStrategicMerge: [p.yaml]\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: settings}\n  patch: |-\n    - {op: add, path: /data/b, value: c}\n',
      'base/kustomization.yaml': 'resources: [a.yaml]\n',
      'base/a.yaml': plain,
      'p.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {size: big}\n',
    },
  },
  {
    name: 'vars',
    files: {
      'kustomization.yaml':
        'resources: [a.yaml]\nvars:\n- name: V\n  objref: {apiVersion: v1, kind: ConfigMap, name: settings}\n  fieldref: {fieldpath: data.color}\n',
      'a.yaml': `${plain}---\n${deployment('web').replace('example.com/app:1.0.0', 'example.com/app:1.0.0\n          args: ["$(V)"]')}`,
    },
  },
  {
    name: 'replacements',
    files: {
      'kustomization.yaml':
        'resources: [a.yaml, b.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: settings, fieldPath: data.color}\n  targets:\n  - select: {kind: ConfigMap, name: other}\n    fieldPaths: [data.a]\n',
      'a.yaml': plain,
      'b.yaml': other,
    },
  },
  { name: 'helm-charts', files: { 'kustomization.yaml': 'helmCharts:\n- name: x\n  repo: http://127.0.0.1:1\n' } },
  {
    name: 'exec-plugin',
    files: {
      'kustomization.yaml': 'generators: [g.yaml]\n',
      'g.yaml':
        'apiVersion: v1\nkind: Gen\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n',
      'run.sh': '#!/bin/sh\n',
    },
  },
  {
    name: 'builtin-generator',
    files: {
      'kustomization.yaml': 'generators: [g.yaml]\n',
      'g.yaml': 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nliterals: [a=b]\n',
    },
  },
  {
    name: 'generator-file-missing',
    files: { 'kustomization.yaml': 'configMapGenerator:\n- name: x\n  files: [none.txt]\n' },
  },
  {
    name: 'generator-env',
    files: {
      'kustomization.yaml':
        'configMapGenerator:\n- name: x\n  envs: [a.env]\nsecretGenerator:\n- name: y\n  files: [key=b.bin]\n  type: Opaque\ngeneratorOptions: {disableNameSuffixHash: true}\n',
      'a.env': 'A=1\n# c\nB=two words\n',
      'b.bin': 'raw',
    },
  },
]
