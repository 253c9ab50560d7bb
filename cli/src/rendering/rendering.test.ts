// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { readKustomizationFile } from './kustomization-file.ts'
import { openLocalDirectory } from './local-directory.ts'
import { maskSops } from './mask-sops.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const { signal } = new AbortController()

let home: string
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'tidelock-rendering-')))
})
afterEach(() => rm(home, { recursive: true }))

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true })
    await writeFile(join(home, path), content)
  }
}

describe('maskSops', () => {
  const secret = (more: object): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more })
  const sops = { mac: 'ENC[AES256_GCM,data:x]' }

  it.each<[string, KubeObject, object]>([
    [
      'all values of an encrypted Secret',
      secret({ sops, data: { a: 'ENC[x]' }, stringData: { b: 'ENC[y]' } }),
      { data: { a: base64('**SOPS**') }, stringData: { b: '**SOPS**' } },
    ],
    [
      'an encrypted docker configuration, as JSON',
      secret({ sops, type: 'kubernetes.io/dockerconfigjson', data: { a: 'ENC[x]' }, stringData: { b: 'ENC[y]' } }),
      {
        type: 'kubernetes.io/dockerconfigjson',
        data: { a: base64('{"mask":"**SOPS**"}') },
        stringData: { b: '{"mask":"**SOPS**"}' },
      },
    ],
    [
      'encrypted files among the values of another Secret',
      secret({
        data: { a: base64('sops: ENC['), b: base64('plain') },
        stringData: { c: '{"sops": "ENC["}', d: 'sops' },
      }),
      { data: { a: base64('**SOPS**'), b: base64('plain') }, stringData: { c: '**SOPS**', d: 'sops' } },
    ],
    ['nothing of others', { ...secret({ sops, data: { a: 'b' } }), kind: 'ConfigMap' }, { sops, data: { a: 'b' } }],
    [
      'nothing where nothing is encrypted',
      secret({ sops: 'no', data: { a: 'not base64!' } }),
      { sops: 'no', data: { a: 'not base64!' } },
    ],
  ])('replaces %s', (_name, object, rest) => {
    const { apiVersion, kind, metadata } = object
    expect(maskSops(object)).toEqual({ apiVersion, kind, metadata, ...rest })
  })
})

describe('readKustomizationFile', () => {
  const document = (name: string, namespace?: string, path = './a'): string =>
    JSON.stringify({
      ...{
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name, namespace },
        spec: { path },
      },
    })
  const read = (name: string): Promise<unknown> =>
    readKustomizationFile(join(home, 'ks.yaml'), { namespace: 'flux-system', name })

  it('finds the one of that name, which need not name the namespace', async () => {
    const other = '{apiVersion: v1, kind: ConfigMap, metadata: {name: shop}}'
    await write({
      'ks.yaml': ['', other, document('shop', 'other'), document('shop', undefined, './b')].join('\n---\n'),
    })
    expect(await read('shop')).toMatchObject({ metadata: { namespace: 'flux-system' }, spec: { path: './b' } })
    await expect(read('none')).rejects.toThrow(
      `failed to find kustomization with name 'none' and namespace 'flux-system' in file '${home}/ks.yaml'`,
    )
  })

  it('takes plain scalars for strings where a map of strings is wanted', async () => {
    const spec = `{postBuild: {substitute: {PORT: 8080, ENABLED: yes, NAME: x, NONE: , DAY: 2026-01-01}}, commonMetadata: {labels: {a: y}}}`
    const metadata = 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop}'
    await write({ 'ks.yaml': `${metadata}\nspec: ${spec}\n` })
    expect(await read('shop')).toMatchObject({
      spec: {
        postBuild: { substitute: { PORT: '8080', ENABLED: 'true', NAME: 'x', NONE: '', DAY: '2026-01-01' } },
        commonMetadata: { labels: { a: 'true' } },
      },
    })
  })

  it('says what is wrong with a file', async () => {
    await expect(read('shop')).rejects.toThrow(`invalid kustomization file "${home}/ks.yaml"`)
    await write({ 'ks.yaml': 'a: [' })
    await expect(read('shop')).rejects.toThrow(`failed to read kustomization file ${home}/ks.yaml: `)
  })
})

describe('openLocalDirectory', () => {
  it('takes the work tree around it as root, and lists what is ignored', async () => {
    await write({
      'repo/.git/HEAD': '',
      'repo/apps/shop/.sourceignore': 'drafts/\n*.tmp.yaml\n',
      'repo/apps/shop/a.yaml': '',
      'repo/apps/shop/b.tmp.yaml': '',
      'repo/apps/shop/drafts/c.yaml': '',
      'repo/apps/shop/sub/.sourceignore': 'd.yaml\n',
      'repo/apps/shop/sub/d.yaml': '',
      'repo/apps/d.yaml': '',
    })
    const opened = await openLocalDirectory(join(home, 'repo/apps/shop'), ['a.yaml', '!sub/d.yaml'], signal)
    expect({ ...opened, ignored: opened.ignored.toSorted() }).toEqual({
      root: join(home, 'repo'),
      path: 'apps/shop',
      ignored: ['apps/shop/a.yaml', 'apps/shop/b.tmp.yaml', 'apps/shop/drafts', 'apps/shop/drafts/c.yaml'],
    })
    expect(await openLocalDirectory(join(home, 'repo'), [], signal)).toMatchObject({
      root: join(home, 'repo'),
      path: '.',
    })
  })

  it('takes everything as root outside of a work tree', async () => {
    await write({ 'a/a.yaml': '' })
    expect(await openLocalDirectory(join(home, 'a'), [], signal)).toEqual({
      root: '/',
      path: `${home.slice(1)}/a`,
      ignored: [],
    })
  })

  it('refuses what is no directory', async () => {
    await expect(openLocalDirectory(join(home, 'none'), [], signal)).rejects.toThrow(
      `invalid resource path "${home}/none"`,
    )
  })
})
