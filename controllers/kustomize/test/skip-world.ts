// SPDX-License-Identifier: Apache-2.0
// A world in which a Kustomization is built: a repository, its spec, what it takes variables from, flags and target. Mutations change
// one thing at a time.
import { constant, constantFrom, letrec, oneof, record, tuple } from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { KustomizationSpec } from '@tidelock/api'

/** Content of a file; a symbolic link's target; a directory that is to be there even when it is empty. */
type TreeMember = { readonly text: string } | { readonly link: string } | 'directory'

/** A ConfigMap or Secret. */
interface ConfigState {
  readonly uid: string
  readonly resourceVersion: string
  readonly data: Readonly<Record<string, string>>
}

/** Everything that a build may depend on. */
export interface World {
  readonly members: ReadonlyMap<string, TreeMember>
  readonly spec: Partial<KustomizationSpec>
  /** By `Kind/name`. */
  readonly configs: ReadonlyMap<string, ConfigState>
  readonly strict: boolean
  readonly version: string
  readonly target: string
  readonly uid: string
  /** Whether the source publishes an index with its artifacts. */
  readonly indexed: boolean
}

/** One change of a world. */
export type Mutation =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'link'; readonly path: string; readonly link: string }
  | { readonly kind: 'directory' | 'remove' | 'empty'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'spec'; readonly change: Partial<KustomizationSpec> }
  | { readonly kind: 'config'; readonly name: string; readonly color: string | undefined; readonly again: boolean }
  | {
      readonly kind: 'flag'
      readonly change: Partial<Pick<World, 'strict' | 'version' | 'target' | 'uid' | 'indexed'>>
    }
  | { readonly kind: 'nothing' }

const object = (kind: string, name: string, value: string): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\ndata: {key: "${value}"}\n`

const kustomizations: readonly string[] = [
  'resources: [a.yaml]\n',
  'resources: [a.yaml, b.yaml]\n',
  'resources: [../base, a.yaml]\n',
  'resources: [sub, a.yaml]\n',
  'resources: [sub]\ncomponents: [../component]\n',
  'namePrefix: x-\nresources: [../base]\ncomponents: [../component]\n',
  'resources: [a.yaml]\nconfigMapGenerator: [{name: g, envs: [env.txt]}]\n',
  'configMapGenerator: [{name: g, files: [data.txt, renamed.txt=../base/data.txt]}]\n',
  'secretGenerator: [{name: s, envs: [env.txt], options: {disableNameSuffixHash: true}}]\n',
  'resources: [a.yaml]\npatches: [{path: patch.yaml}]\n',
  'resources: [a.yaml]\nconfigurations: [config.yaml]\nnameSuffix: -y\n',
  'resources: [a.yaml]\nopenapi: {path: schema.json}\n',
  'resources: [a.yaml]\ncrds: [schema.json]\n',
  'resources: [a.yaml]\nreplacements: [{path: replacement.yaml}]\n',
  'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n',
  'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: patch.yaml}]\n',
  'resources: []\n',
  'resources: [nowhere.yaml]\n',
  '',
  '{not yaml',
]
const texts: readonly string[] = [
  object('ConfigMap', 'one', '1'),
  object('ConfigMap', 'one', '2'),
  object('ConfigMap', 'one', '${color}'),
  object('ConfigMap', 'two', '${color:=none}'),
  object('Secret', 'two', 'MQ=='),
  `${object('ConfigMap', 'three', '1')}---\n${object('ConfigMap', 'four', '1')}`,
  'A=1\nB=2\n',
  'A=2\n',
  '{"definitions": {}}',
  'namePrefix: [{path: metadata/name, kind: ConfigMap}]\n',
  'source: {kind: ConfigMap, name: one, fieldPath: data.key}\ntargets: [{select: {kind: ConfigMap}, fieldPaths: [data.key]}]\n',
  '',
  'just text',
]
const directories = ['app', 'app/sub', 'base', 'component', 'other']
const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
const otherNames = [
  ...['a.yaml', 'b.yml', 'b.yaml', 'patch.yaml', 'env.txt', 'data.txt'],
  ...['schema.json', 'config.yaml', 'replacement.yaml', '.hidden.yaml', 'notes.md'],
]

const specs: readonly Partial<KustomizationSpec>[] = [
  { path: './app' },
  { path: 'app/sub' },
  { path: '/' },
  { path: './base' },
  { targetNamespace: 'apps' },
  { namePrefix: 'p-' },
  { nameSuffix: '-s' },
  { components: ['../component'] },
  { components: ['../component', '../later'], ignoreMissingComponents: true },
  { components: [] },
  { images: [{ name: 'nginx', newTag: '2' }] },
  { patches: [{ patch: object('ConfigMap', 'one', 'patched') }] },
  { patches: [] },
  { buildMetadata: ['originAnnotations'] },
  { commonMetadata: { labels: { team: 'a' } } },
  { prune: false },
  { postBuild: { substitute: { color: 'red' } } },
  {
    postBuild: {
      substituteFrom: [
        { kind: 'ConfigMap', name: 'vars', optional: true },
        { kind: 'Secret', name: 'vars', optional: true },
      ],
    },
  },
  { postBuild: { substituteFrom: [{ kind: 'Secret', name: 'vars' }], substitute: { other: 'x' } } },
  { postBuild: { substituteStrategy: 'Always' } },
]

const anyPath = tuple(constantFrom(...directories), constantFrom(...kustomizationNames, ...otherNames)).map(
  ([directory, name]) => `${directory}/${name}`,
)
const kustomizationPath = tuple(constantFrom(...directories), constantFrom(...kustomizationNames)).map(
  ([directory, name]) => `${directory}/${name}`,
)

/** Any change. What does not matter to the build is as likely as what does. */
export const anyMutation: Arbitrary<Mutation> = letrec<{ mutation: Mutation }>(() => ({
  mutation: oneof(
    { weight: 4, arbitrary: record({ kind: constant('file' as const), path: anyPath, text: constantFrom(...texts) }) },
    {
      weight: 4,
      arbitrary: record({
        kind: constant('file' as const),
        path: kustomizationPath,
        text: constantFrom(...kustomizations),
      }),
    },
    {
      weight: 1,
      arbitrary: record({ kind: constant('link' as const), path: anyPath, link: constantFrom('a.yaml', '../base') }),
    },
    { weight: 2, arbitrary: record({ kind: constant('remove' as const), path: anyPath }) },
    {
      weight: 1,
      arbitrary: record({
        kind: constantFrom('directory' as const, 'empty' as const),
        path: constantFrom(...directories, 'later', 'app/later'),
      }),
    },
    {
      weight: 1,
      arbitrary: record({ kind: constant('rename' as const), path: kustomizationPath, to: kustomizationPath }),
    },
    { weight: 3, arbitrary: record({ kind: constant('spec' as const), change: constantFrom(...specs) }) },
    {
      weight: 3,
      arbitrary: record({
        kind: constant('config' as const),
        name: constantFrom('ConfigMap/vars', 'Secret/vars'),
        color: constantFrom(undefined, 'red', 'green'),
        again: constantFrom(true, false),
      }),
    },
    {
      weight: 1,
      arbitrary: record({
        kind: constant('flag' as const),
        change: constantFrom<Partial<World>>(
          ...[
            { strict: true },
            { strict: false },
            { version: '1' },
            { version: '2' },
            { target: 'a' },
            { target: 'b' },
          ],
          ...[{ uid: 'u' }, { uid: 'v' }, { indexed: true }, { indexed: false }],
        ),
      }),
    },
    { weight: 3, arbitrary: constant<Mutation>({ kind: 'nothing' }) },
  ),
})).mutation

/** A repository with an app, a base and a component. */
export const firstWorld: World = {
  members: new Map<string, TreeMember>([
    ['app/kustomization.yaml', { text: 'resources: [../base, a.yaml]\n' }],
    ['app/a.yaml', { text: object('ConfigMap', 'one', '1') }],
    ['base/kustomization.yaml', { text: 'resources: [b.yaml]\nconfigMapGenerator: [{name: g, envs: [env.txt]}]\n' }],
    ['base/b.yaml', { text: object('ConfigMap', 'two', '${color:=none}') }],
    ['base/env.txt', { text: 'A=1\n' }],
    [
      'component/kustomization.yaml',
      { text: 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n' },
    ],
    ['other/a.yaml', { text: object('ConfigMap', 'other', '1') }],
  ]),
  spec: { path: './app' },
  configs: new Map([['ConfigMap/vars', { uid: '1', resourceVersion: '1', data: { color: 'blue' } }]]),
  strict: true,
  version: '1',
  target: 'a',
  uid: 'u',
  indexed: true,
}

let versions = 1

/** The world after the change. */
export function mutate(world: World, mutation: Mutation): World {
  switch (mutation.kind) {
    case 'nothing':
      return world
    case 'flag':
      return { ...world, ...mutation.change }
    case 'spec':
      return { ...world, spec: { ...world.spec, ...mutation.change } }
    case 'config':
      return { ...world, configs: changeConfig(world.configs, mutation) }
    case 'file':
    case 'link':
    case 'directory':
    case 'remove':
    case 'rename':
    case 'empty':
      return { ...world, members: changeTree(world.members, mutation) }
  }
}

function changeConfig(
  configs: World['configs'],
  { name, color, again }: Extract<Mutation, { kind: 'config' }>,
): World['configs'] {
  const changed = new Map(configs)
  const before = configs.get(name)
  changed.delete(name)
  if (color === undefined) return changed
  const isNew = before === undefined || again
  const uid = isNew ? String(++versions) : before.uid
  return changed.set(name, { uid, resourceVersion: String(++versions), data: { color } })
}

function changeTree(
  members: World['members'],
  mutation: Extract<Mutation, { readonly path: string }>,
): World['members'] {
  const { kind, path } = mutation
  const isBelow = (each: string): boolean => each === path || each.startsWith(`${path}/`)
  // what takes the place of a directory takes that of all in it, and nothing is below a file
  const without = new Map([...members].filter(([each]) => !isBelow(each)))
  switch (kind) {
    case 'remove':
      return without
    case 'directory':
    case 'empty':
      return kind === 'directory' && members.has(path) ? members : without.set(path, 'directory')
    case 'file':
      return without.set(path, { text: mutation.text })
    case 'link':
      return without.set(path, { link: mutation.link })
    case 'rename': {
      const member = members.get(path)
      if (member === undefined) return members
      without.set(mutation.to, member)
      return without
    }
  }
}
