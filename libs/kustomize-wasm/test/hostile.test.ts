// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import type { BuildOverrides, KustomizeError } from '../src/index.ts'
import { configMap, createEngine, createTree } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

interface Settings {
  readonly path?: string
  readonly overrides?: BuildOverrides
  /** Symbolic links to make, with their targets. */
  readonly links?: Readonly<Record<string, string>>
}

async function failureOf(
  files: Readonly<Record<string, string>>,
  { path = '.', overrides = {}, links = {} }: Settings = {},
): Promise<Pick<KustomizeError, 'code' | 'message' | 'details'>> {
  await using tree = await createTree(files)
  for (const [link, target] of Object.entries(links)) await symlink(target, join(tree.root, link))
  try {
    await (await engine).build({ root: tree.root, path, overrides })
  } catch (error) {
    return error as KustomizeError
  }
  throw new Error('the build succeeded')
}

const resource = (path: string): Record<string, string> => ({ 'kustomization.yaml': `resources: ["${path}"]\n` })

describe('paths', () => {
  it.each([
    ['a parent', resource('../../etc/passwd')],
    ['an absolute path', resource('/etc/passwd')],
    ['the file system root', resource('../../../..')],
    ['a sibling with the same beginning', resource('../artifact-2/a.yaml')],
    ['a generator', { 'kustomization.yaml': 'configMapGenerator: [{name: x, files: [/etc/hostname]}]\n' }],
    [
      'a generator of variables',
      { 'kustomization.yaml': 'secretGenerator: [{name: x, envs: [../../proc/self/environ]}]\n' },
    ],
    [
      'a patch',
      {
        ...resource('a.yaml'),
        'a.yaml': configMap('a'),
        'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: ../p.yaml}]\n',
      },
    ],
    ['a component', { 'kustomization.yaml': 'components: [../../c]\n' }],
    ['a CRD', { 'a.yaml': configMap('a'), 'kustomization.yaml': 'resources: [a.yaml]\ncrds: [/etc/passwd]\n' }],
  ])('%s outside of the artifact is refused', async (_name, files) => {
    const { code, message } = await failureOf(files)
    expect({ code, message }).toEqual({
      code: 'PathOutsideRoot',
      message: expect.stringContaining('is not in or below the artifact'),
    })
  })

  it('a symbolic link out of the artifact is refused, as a file and as a directory', async () => {
    const links = { 'a.yaml': '/etc/passwd', dir: '/etc' }
    for (const path of ['a.yaml', 'dir', 'dir/passwd']) {
      expect((await failureOf(resource(path), { links })).code).toBe('PathOutsideRoot')
    }
  })

  it('a symbolic link out of the artifact is refused where files are listed', async () => {
    const { code } = await failureOf({ 'b.yaml': configMap('b') }, { links: { 'a.yaml': '/etc/passwd' } })
    expect(code).toBe('PathOutsideRoot')
  })

  it('spec.path stops at the root', async () => {
    await using tree = await createTree({ 'a/b.yaml': configMap('b') })
    for (const path of ['../../..', '/', '', './', '../../a', '/a/', 'a/../../a']) {
      const { objects } = await (await engine).build({ root: tree.root, path })
      expect(objects.length).toBe(1)
    }
  })

  it.each([
    ['missing', 'b'],
    ['a file', 'a.yaml'],
  ])('spec.path that is %s is PathNotFound', async (_name, path) => {
    expect((await failureOf({ 'a.yaml': configMap('a') }, { path })).code).toBe('PathNotFound')
  })

  it('a spec.path that is a link out of the artifact is PathOutsideRoot', async () => {
    expect((await failureOf({}, { path: 'etc', links: { etc: '/etc' } })).code).toBe('PathOutsideRoot')
  })

  it('a spec.path through a link inside the artifact is built with its overrides', async () => {
    await using tree = await createTree({
      'real/a.yaml': configMap('a'),
      'kept/kustomization.yaml': 'resources: [../real/a.yaml]\n',
    })
    await symlink('real', join(tree.root, 'generated'))
    await symlink('kept', join(tree.root, 'written'))
    for (const path of ['generated', 'written']) {
      const { objects } = await (await engine).build({ root: tree.root, path, overrides: { namePrefix: 'p-' } })
      expect(objects.map(({ object }) => object)).toMatchObject([{ metadata: { name: 'p-a' } }])
    }
  })

  it('an artifact that is gone is PathNotFound', async () => {
    await expect((await engine).build({ root: '/nowhere/at/all', path: '.' })).rejects.toMatchObject({
      code: 'PathNotFound',
    })
  })

  it('nothing is written to the artifact', async () => {
    await using tree = await createTree({
      'kustomization.yaml': 'resources: [sub]\n',
      'sub/kustomization.yaml': 'resources: [a.yaml]\n',
      'sub/a.yaml': configMap('a'),
      'gen/a.yaml': configMap('a'),
    })
    const before = await snapshot(tree.root)
    await (await engine).build({ root: tree.root, path: '.', overrides: { namePrefix: 'x-' } })
    await (await engine).build({ root: tree.root, path: 'gen', overrides: { namePrefix: 'x-' } })
    expect(await snapshot(tree.root)).toEqual(before)
  })
})

async function snapshot(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.sort().map(async (file) => `${file}: ${await readFile(file, 'utf8')}`))
}

describe('remote resources', () => {
  const secret = 's3cr3t'
  it.each([
    [
      'a file',
      `https://raw.example.com/org/repo/a.yaml?token=${secret}`,
      'https://raw.example.com/org/repo/a.yaml?token=*****',
    ],
    ['a repository', `https://user:${secret}@github.com/org/repo//path`, 'https://*****@github.com/org/repo//path'],
    ['an SSH reference', 'git@github.com:org/repo', 'git@github.com:org/repo'],
    ['a GitHub short form', 'github.com/org/repo', 'github.com/org/repo'],
    ['an SSH URL', 'ssh://git@git.example.com/org/repo', 'ssh://*****@git.example.com/org/repo'],
    ['a forced protocol', 'git::https://git.example.com/org/repo', 'git::https://git.example.com/org/repo'],
    ['a local repository', 'file:///etc', 'file:///etc'],
    ['another host', 'someone@git.example.com:org/repo.git', 'someone@git.example.com:org/repo.git'],
  ])('%s is refused by name, without its credentials', async (_name, url, shown) => {
    for (const list of ['resources', 'components', 'generators', 'transformers']) {
      const { code, message, details } = await failureOf({
        'a.yaml': configMap('a'),
        'kustomization.yaml': `${list}: ["${url}"]\nconfigMapGenerator: [{name: x}]\n`,
      })
      expect({ code, urls: details['urls'] }).toEqual({ code: 'RemoteBase', urls: [shown] })
      expect(message).toContain(shown)
      expect(message).not.toContain(secret)
    }
  })

  it.each([
    ['bases', 'bases: [URL]'],
    ['crds', 'crds: ["URL"]'],
    ['configurations', 'configurations: ["URL"]'],
    ['a patch file', 'patches: [{path: "URL"}]'],
    ['openapi', 'openapi: {path: "URL"}'],
    ['a generator', 'configMapGenerator: [{name: x, files: ["k=URL"]}]'],
    ['replacements', 'replacements: [{path: "URL"}]'],
  ])('%s are refused too', async (_name, line) => {
    const url = 'https://files.example.com/org/repo/x.yaml'
    const kustomization = `resources: [a.yaml]\n${line.replace('URL', url)}\n`
    const { code, details } = await failureOf({ 'a.yaml': configMap('a'), 'kustomization.yaml': kustomization })
    expect({ code, urls: details['urls'] }).toEqual({ code: 'RemoteBase', urls: [url] })
  })

  it('are found in a base of a base', async () => {
    const { code } = await failureOf(
      {
        'a/kustomization.yaml': 'resources: [../b]\n',
        'b/kustomization.yaml': 'resources: ["https://github.com/org/repo?ref=v1"]\n',
      },
      { path: 'a' },
    )
    expect(code).toBe('RemoteBase')
  })
})

describe('YAML', () => {
  const bomb = [
    'x0: &x0 [lol]',
    ...Array.from({ length: 7 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i},`.repeat(9)}]`),
  ].join('\n')

  it('an alias bomb in a kustomization file is refused', async () => {
    expect(await failureOf({ 'kustomization.yaml': `${bomb}\n` })).toMatchObject({
      code: 'ManifestInvalid',
      message: expect.stringContaining('excessive aliasing'),
    })
  })

  it('nesting beyond the parser is refused', async () => {
    const { code, message } = await failureOf({
      ...resource('a.yaml'),
      'a.yaml': `${configMap('a').slice(0, -1)},"x":${'['.repeat(20_000)}`,
    })
    expect({ code, message }).toEqual({ code: 'BuildFailed', message: expect.stringContaining('exceeded max depth') })
  })

  it.each([
    ['maps', '{"a":', '1', '}'],
    ['lists', '[', '1', ']'],
    ['lists without brackets', '\n  ', '- '.repeat(9000), ''],
  ])('nesting of %s within the parser that would take minutes is refused at once', async (_of, open, inner, close) => {
    const levels = open.startsWith('\n') ? 1 : 9000
    const deep = `${open.repeat(levels)}${inner}${close.repeat(levels)}`
    const { code, message } = await failureOf({
      ...resource('a.yaml'),
      'a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: ${deep}\n`,
    })
    expect({ code, message }).toEqual({
      code: 'BuildFailed',
      message: expect.stringMatching(
        /accumulating resources from 'a.yaml': line [56]: nested more than 3000 deep: look for what writes brackets/,
      ),
    })
  })

  it('nesting in a patch is refused too', async () => {
    const { code, message } = await failureOf({
      'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
      'a.yaml': configMap('a'),
      'p.yaml': `${configMap('a').slice(0, -1)},"x":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`,
    })
    expect({ code, message }).toEqual({ code: 'BuildFailed', message: expect.stringContaining('p.yaml') })
  })

  it('deep nesting within the parser is built', async () => {
    await using tree = await createTree({
      ...resource('a.yaml'),
      'a.yaml': `${configMap('a').slice(0, -1)},"x":${'['.repeat(2999)}${']'.repeat(2999)}}`,
    })
    expect((await (await engine).build({ root: tree.root, path: '.' })).objects.length).toBe(1)
  })

  it('a panic of Kustomize is a failed build, and the next one works', async () => {
    const encrypted = 'ENC[AES256_GCM,data:abc,type:str]'
    const files = {
      'kustomization.yaml': 'namespace: test\nnamePrefix: test\nresources: [s.yaml]\n',
      's.yaml': `apiVersion: ${encrypted}\nkind: ${encrypted}\nmetadata: {name: "${encrypted}", namespace: "${encrypted}"}\n`,
    }
    expect(await failureOf(files)).toMatchObject({
      code: 'BuildFailed',
      message: expect.stringMatching(/^Kustomize panicked: .*has a comma in it: encrypt values only/),
    })
    await using tree = await createTree({ 'a.yaml': configMap('a') })
    expect((await (await engine).build({ root: tree.root, path: '.' })).objects.length).toBe(1)
  })
})
