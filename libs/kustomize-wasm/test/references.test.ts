// SPDX-License-Identifier: Apache-2.0
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { configMap, createEngine, createTree } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

describe('listReferences', () => {
  it('finds what generators, patches and resources name, below too', async () => {
    await using tree = await createTree({
      'app/kustomization.yaml': [
        'resources: [cm.yaml, ../base, "https://example.com/x?ref=1", missing, none]',
        'components: [../component]',
        'secretGenerator:',
        '- name: s',
        '  files: [token, conf.yaml=enc/conf, ../outside/../app/token, absent]',
        '  envs: [prod.env]',
        'configMapGenerator:',
        '- name: c',
        '  files: [plain]',
        'patches:',
        '- path: patch.yaml',
        '- path: https://example.com/p.yaml',
        '- patch: |-',
        '    - {op: remove, path: /data}',
        '  target: {kind: ConfigMap}',
      ].join('\n'),
      'app/cm.yaml': configMap('a'),
      'app/token': 'x',
      'app/enc/conf': 'x',
      'app/prod.env': 'A=b',
      'app/plain': 'x',
      'app/patch.yaml': '{}',
      'app/none/readme': 'x',
      'base/kustomization.yaml': 'resources: [../app, cm.yaml]\nsecretGenerator:\n- name: t\n  envs: [linked]\n',
      'base/cm.yaml': configMap('b'),
      'component/kustomization.yaml': 'secretGenerator:\n- name: u\n  files: [k=../app/token]\n',
      'extra/kustomization.yaml': 'secretGenerator:\n- name: v\n  files: [only]\n',
      'extra/only': 'x',
    })
    await symlink('../app/enc/conf', join(tree.root, 'base/linked'))
    const request = { root: tree.root, path: 'app', overrides: { components: ['../extra'] } }
    expect(await (await engine).listReferences(request)).toEqual([
      { use: 'file', name: 'token', path: 'app/token' },
      { use: 'file', name: 'conf.yaml', path: 'app/enc/conf' },
      { use: 'env', name: 'prod.env', path: 'app/prod.env' },
      { use: 'patch', name: 'patch.yaml', path: 'app/patch.yaml' },
      { use: 'resource', name: 'cm.yaml', path: 'app/cm.yaml' },
      { use: 'resource', name: 'cm.yaml', path: 'base/cm.yaml' },
      { use: 'file', name: 'only', path: 'extra/only' },
    ])
  })
  it('takes the file that the engine would generate', async () => {
    await using tree = await createTree({
      'a.yaml': configMap('a'),
      'sub/kustomization.yaml': 'secretGenerator:\n- name: s\n  files: [t]\n',
      'sub/t': 'x',
    })
    expect(await (await engine).listReferences({ root: tree.root, path: '.' })).toEqual([
      { use: 'resource', name: './a.yaml', path: 'a.yaml' },
      { use: 'file', name: 't', path: 'sub/t' },
    ])
  })
  it('throws as a build does for a path that is not there', async () => {
    await using tree = await createTree({ 'a.yaml': configMap('a') })
    await expect((await engine).listReferences({ root: tree.root, path: 'b' })).rejects.toMatchObject({
      code: 'PathNotFound',
    })
  })
})

describe('replaced contents', () => {
  it('are read in place of the files, and leave the read set as it is', async () => {
    await using tree = await createTree({
      'kustomization.yaml': 'secretGenerator:\n- name: s\n  files: [k=linked]\n',
      token: 'encrypted',
    })
    await symlink('token', join(tree.root, 'linked'))
    const request = { root: tree.root, path: '.' }
    const plain = await (await engine).build(request)
    const replaced = new Map([['token', Buffer.from('decrypted')]])
    const built = await (await engine).build({ ...request, replaced })
    expect(built.objects[0]?.object).toMatchObject({ data: { k: Buffer.from('decrypted').toString('base64') } })
    expect(built.readSet).toEqual(plain.readSet)
    const after = await (await engine).build(request)
    expect(after.objects).toEqual(plain.objects)
  })
})
