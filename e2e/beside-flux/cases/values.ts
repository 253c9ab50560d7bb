// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { configMap, deployment } from '../case.ts'
import type { Case } from '../case.ts'
import { plain } from './manifests.ts'

const vector = (path: string): string =>
  readFileSync(new URL(`../../../libs/sops/testdata/${path}`, import.meta.url), 'utf8')
const data = (kind: string, system: string, name: string, values: object) => ({
  ...{ apiVersion: 'v1', kind, metadata: { name, namespace: system } },
  ...values,
})
const shown = (text: string) => ({ 'a.yaml': configMap('settings', { text }) })
const inline = (values: object) => () => ({ postBuild: { substitute: values } })
const age = (name: string) => ({
  before: ({ system }: { system: string }) => [
    data('Secret', system, name, { stringData: { 'main.agekey': vector('keys/one.agekey') } }),
  ],
  spec: () => ({ decryption: { provider: 'sops', secretRef: { name } } }),
})
const secretOf = (key: string, text: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: sealed}\ndata:\n  ${key}: ${Buffer.from(text).toString('base64')}\n`

/** Variables and keys. */
export const values: readonly Case[] = [
  { name: 'var-nested-default', files: shown('${A:-${B}}'), spec: inline({ B: 'b' }) },
  { name: 'var-empty-default', files: shown('[${A:-}] [${A:=}] [${A-}]'), spec: inline({ B: 'b' }) },
  { name: 'var-default-of-empty', files: shown('[${A:-x}] [${A-x}] [${A:=x}] [${A=x}]'), spec: inline({ A: '' }) },
  { name: 'var-plus', files: shown('${A:+x}'), spec: inline({ A: 'a' }) },
  { name: 'var-question', files: shown('${A:?gone}'), spec: inline({ B: 'a' }) },
  { name: 'var-length', files: shown('${#A} ${#B:-x}'), spec: inline({ A: 'äöü', B: 'b' }) },
  { name: 'var-cases', files: shown('${A^} ${A^^} ${B,} ${B,,}'), spec: inline({ A: 'abc', B: 'ABC' }) },
  { name: 'var-slices', files: shown('${A:1} ${A:1:2} ${A:9} ${A:1:99}'), spec: inline({ A: 'abcdef' }) },
  { name: 'var-slice-negative', files: shown('${A: -2}'), spec: inline({ A: 'abcdef' }) },
  { name: 'var-trims', files: shown('${A#*/} ${A##*/} ${A%/*} ${A%%/*}'), spec: inline({ A: 'a/b/c' }) },
  { name: 'var-replaces', files: shown('${A/b/x} ${A//b/x} ${A/#a/x} ${A/%b/x}'), spec: inline({ A: 'abab' }) },
  { name: 'var-bad-name', files: shown('${A-B.C}'), spec: inline({ A: 'a' }) },
  { name: 'var-empty-name', files: shown('${}'), spec: inline({ A: 'a' }) },
  { name: 'var-number-name', files: shown('${1}'), spec: inline({ A: 'a' }) },
  { name: 'var-spaces', files: shown('${ A }'), spec: inline({ A: 'a' }) },
  { name: 'var-dollars', files: shown('$$ $$$ $A $$A $${A} $$${A} \\${A}'), spec: inline({ A: 'a' }) },
  { name: 'var-value-has-var', files: shown('${A}'), spec: inline({ A: '${B}', B: 'b' }) },
  { name: 'var-newlines', files: shown('${A}'), spec: inline({ A: 'one\ntwo\n' }) },
  {
    name: 'var-in-key',
    files: {
      'a.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${A}-name\n  labels:\n    ${A}: ${A}\ndata:\n  ${A}: x\n',
    },
    spec: inline({ A: 'a' }),
  },
  {
    name: 'var-boolean',
    files: { 'a.yaml': deployment('web').replace('replicas: 1', 'replicas: ${N}\n  paused: ${P}') },
    spec: inline({ N: '2', P: 'true' }),
  },
  {
    name: 'var-quoted-number',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: "${V}"\n' },
    spec: inline({ V: '8080' }),
  },
  { name: 'var-always', files: shown('${A:-x} $${B}'), spec: () => ({ postBuild: { substituteStrategy: 'Always' } }) },
  { name: 'var-always-strict', files: shown('${A}'), spec: () => ({ postBuild: { substituteStrategy: 'Always' } }) },
  { name: 'var-none', files: shown('${A} $${B}'), spec: () => ({ postBuild: { substitute: {} } }) },
  {
    name: 'var-with-variables-empty',
    files: shown('${A}'),
    spec: () => ({
      postBuild: {
        substituteStrategy: 'WithVariables',
        substituteFrom: [{ kind: 'ConfigMap', name: 'gone', optional: true }],
      },
    }),
  },
  {
    name: 'var-not-in-path-file',
    files: { 'kustomization.yaml': 'resources: ["${A}.yaml"]\n', 'a.yaml': plain },
    spec: inline({ A: 'a' }),
  },
  {
    name: 'var-in-patch',
    files: { 'a.yaml': plain },
    spec: () => ({
      patches: [{ patch: '- op: add\n  path: /data/x\n  value: ${A}\n', target: { kind: 'ConfigMap' } }],
      postBuild: { substitute: { A: 'a' } },
    }),
  },
  {
    name: 'var-in-common-metadata',
    files: { 'a.yaml': plain },
    spec: () => ({ commonMetadata: { annotations: { a: '${A}' } }, postBuild: { substitute: { A: 'a' } } }),
  },
  {
    name: 'var-in-secret-data',
    files: {
      'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: "${A}"}\ndata: {b: JHtBfQ==}\n',
    },
    spec: inline({ A: 'a' }),
  },
  {
    name: 'var-disabled-other-case',
    files: {
      'a.yaml': configMap(
        'settings',
        { text: '${A}' },
        '  labels: {kustomize.toolkit.fluxcd.io/substitute: Disabled}\n',
      ),
    },
    spec: inline({ A: 'a' }),
  },
  {
    name: 'var-disabled-label',
    files: {
      'a.yaml': configMap(
        'settings',
        { text: '${A}' },
        '  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n',
      ),
    },
    spec: inline({ A: 'a' }),
  },
  {
    name: 'var-many-missing',
    files: { ...shown('${A} ${B}'), 'b.yaml': configMap('other', { c: '${C}' }) },
    spec: inline({ X: 'a' }),
  },
  {
    name: 'var-from-order',
    files: shown('${A} ${B} ${C}'),
    before: ({ system }) => [
      data('ConfigMap', system, 'vfo-1', { data: { A: '1', B: '1', C: '1' } }),
      data('Secret', system, 'vfo-2', { stringData: { B: '2', C: '2' } }),
    ],
    spec: () => ({
      postBuild: {
        substitute: { C: '3' },
        substituteFrom: [
          { kind: 'ConfigMap', name: 'vfo-1' },
          { kind: 'Secret', name: 'vfo-2' },
        ],
      },
    }),
  },
  {
    name: 'var-from-bad-key',
    files: shown('${A}'),
    before: ({ system }) => [data('ConfigMap', system, 'vfb', { data: { A: '1', 'b.c': '1' } })],
    spec: () => ({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vfb' }] } }),
  },
  {
    name: 'var-from-empty',
    files: shown('${A:-x}'),
    before: ({ system }) => [data('ConfigMap', system, 'vfe', {})],
    spec: () => ({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vfe' }] } }),
  },
  {
    name: 'var-from-binary',
    files: shown('${A}'),
    before: ({ system }) => [data('ConfigMap', system, 'vfy', { binaryData: { A: 'YQ==' } })],
    spec: () => ({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'vfy' }] } }),
  },
  {
    name: 'var-from-secret-missing',
    files: shown('${A}'),
    spec: () => ({ postBuild: { substituteFrom: [{ kind: 'Secret', name: 'gone' }] } }),
  },
  { name: 'var-breaks-name', files: { 'a.yaml': configMap('${A}', { a: 'b' }) }, spec: inline({ A: 'Bad Name' }) },
  {
    name: 'var-makes-documents',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: ${V}\n' },
    spec: inline({ V: 'x\n---\napiVersion: v1' }),
  },
  {
    name: 'sops-generator',
    files: {
      'kustomization.yaml':
        'secretGenerator:\n- name: gen\n  envs: [app.env]\n  files: [app.ini, token.txt, blob.bin, all.yaml, all.json]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
      ...Object.fromEntries(
        ['app.env', 'app.ini', 'token.txt', 'blob.bin', 'all.yaml', 'all.json'].map((name) => [
          name,
          vector(`encrypted/${name}`),
        ]),
      ),
    },
    ...age('sops-gen'),
  },
  {
    name: 'sops-data',
    files: {
      'a.yaml': secretOf('app.env', vector('encrypted/app.env')),
      'b.yaml': secretOf('app.ini', vector('encrypted/app.ini')).replace('sealed', 'sealed-b'),
      'c.yaml': secretOf('token.txt', vector('encrypted/token.txt')).replace('sealed', 'sealed-c'),
      'd.yaml': secretOf('.dockerconfigjson', vector('encrypted/docker.dockerconfigjson')).replace(
        'sealed',
        'sealed-d',
      ),
    },
    ...age('sops-data'),
  },
  { name: 'sops-data-no-decryption', files: { 'a.yaml': secretOf('app.env', vector('encrypted/app.env')) } },
  {
    name: 'sops-disabled',
    files: {
      'a.yaml': vector('encrypted/secret.yaml').replace(
        'labels:',
        'annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}\n    labels:',
      ),
    },
    ...age('sops-disabled'),
  },
  {
    name: 'sops-other-key',
    files: { 'a.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [
      data('Secret', system, 'sops-two', { stringData: { 'main.agekey': vector('keys/two.agekey') } }),
    ],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-two' } } }),
  },
  {
    name: 'sops-broken-mac',
    files: { 'a.yaml': vector('encrypted/secret.yaml').replace('app: web', 'app: other') },
    ...age('sops-mac'),
  },
  {
    name: 'sops-broken-value',
    files: { 'a.yaml': vector('encrypted/secret.yaml').replace('d2+yxoooEQCcSZKF', 'd2+yxoooEQCcSZKG') },
    ...age('sops-value'),
  },
  {
    name: 'sops-pgp-protected',
    files: { 'a.yaml': vector('encrypted/secret-pgp.yaml') },
    before: ({ system }) => [
      data('Secret', system, 'sops-pp', { stringData: { 'a.asc': vector('keys/pgp-protected.asc') } }),
    ],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-pp' } } }),
  },
  {
    name: 'sops-pgp-garbage',
    files: { 'a.yaml': vector('encrypted/secret-pgp.yaml') },
    before: ({ system }) => [data('Secret', system, 'sops-pg', { stringData: { 'a.asc': 'nonsense' } })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-pg' } } }),
  },
  {
    name: 'sops-pgp',
    files: { 'a.yaml': vector('encrypted/secret-pgp.yaml') },
    before: ({ system }) => [data('Secret', system, 'sops-p', { stringData: { 'a.asc': vector('keys/pgp.asc') } })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-p' } } }),
  },
  {
    name: 'sops-aws-garbage',
    files: { 'a.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [data('Secret', system, 'sops-ag', { stringData: { 'sops.aws-kms': '{{{' } })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-ag' } } }),
  },
  {
    name: 'sops-azure-garbage',
    files: { 'a.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [data('Secret', system, 'sops-azg', { stringData: { 'sops.azure-kv': '{{{' } })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-azg' } } }),
  },
  {
    name: 'sops-azure-nothing',
    files: { 'a.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [data('Secret', system, 'sops-azn', { stringData: { 'sops.azure-kv': 'tenantId: x\n' } })],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-azn' } } }),
  },
  {
    name: 'sops-key-unknown-entry',
    files: { 'a.yaml': vector('encrypted/secret.yaml') },
    before: ({ system }) => [
      data('Secret', system, 'sops-uk', { stringData: { identity: vector('keys/one.agekey') } }),
    ],
    spec: () => ({ decryption: { provider: 'sops', secretRef: { name: 'sops-uk' } } }),
  },
  { name: 'sops-multi', files: { 'a.yaml': vector('encrypted/multi.yaml') }, ...age('sops-multi') },
  {
    name: 'sops-no-metadata',
    files: { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nsops: {}\n' },
    ...age('sops-nometa'),
  },
  {
    name: 'sops-account-no-gate',
    files: { 'a.yaml': plain },
    spec: () => ({ decryption: { provider: 'sops', serviceAccountName: 'keys' } }),
    steps: [{ does: 'mended', patch: () => ({ spec: { decryption: null } }) }],
  },
  {
    name: 'sops-in-config-map',
    files: {
      'a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  app.env: |\n${vector(
        'encrypted/app.env',
      )
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n')}\n`,
    },
    ...age('sops-cm'),
  },
  {
    name: 'sops-patch-file',
    files: {
      'kustomization.yaml': 'resources: [s.yaml]\npatches:\n- path: p.yaml\n',
      's.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n',
      'p.yaml': vector('encrypted/secret.yaml'),
    },
    ...age('sops-pf'),
  },
]
