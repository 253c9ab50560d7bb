// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Kustomization, KustomizationSpec } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import type { BuiltObject } from '@tidelock/kustomize-wasm'
import { SecretValues } from '../secret-values.ts'
import { readVariables, substituteObject } from './substitute.ts'
import type { VariableSources } from './substitute.ts'

const there: Record<string, Record<string, string>> = {
  'ConfigMap/a': { X: 'from a\n', Y: 'y' },
  'Secret/b': { X: Buffer.from('from b').toString('base64') },
}

const find = async ({ kind, name, namespace }: ObjectRef): Promise<object | undefined> => {
  const data = namespace === 'ns' ? there[`${kind}/${name}`] : undefined
  return data === undefined ? undefined : { data }
}

function read(
  postBuild: KustomizationSpec['postBuild'] | undefined,
  secrets = new SecretValues(),
): Promise<ReadonlyMap<string, string> | undefined> {
  const client = { find } as unknown as VariableSources['client']
  const obj = { metadata: { namespace: 'ns', name: 'app' }, spec: { postBuild } } as unknown as Kustomization
  return readVariables(obj, { client, secrets, signal: new AbortController().signal })
}

const from = (...names: string[]) =>
  names.map((text) => {
    const [kind, name = ''] = text.split('/')
    return { kind: kind as 'Secret', name, optional: name === 'missing' }
  })

describe('readVariables', () => {
  it.each([
    ['no postBuild', undefined, undefined],
    ['no variable', {}, undefined],
    ['no variable, always', { substituteStrategy: 'Always' as const }, {}],
    ['inline', { substitute: { X: 'a\nb' } }, { X: 'ab' }],
    ['later ones win', { substituteFrom: from('ConfigMap/a', 'Secret/b') }, { X: 'from b', Y: 'y' }],
    [
      'inline ones win',
      { substituteFrom: from('Secret/b', 'ConfigMap/a'), substitute: { X: 'own' } },
      { X: 'own', Y: 'y' },
    ],
    ['optional', { substituteFrom: from('Secret/missing') }, undefined],
  ])('%s', async (_name, postBuild, expected) => {
    const variables = await read(postBuild)
    expect(variables === undefined ? undefined : Object.fromEntries(variables)).toEqual(expected)
  })

  it('names a reference that is not there', async () => {
    await expect(read({ substituteFrom: from('Secret/c') })).rejects.toThrow(
      `substitute from 'Secret/c' error: secrets "c" not found`,
    )
  })

  it('remembers the values of Secrets, to hide them', async () => {
    const secrets = new SecretValues()
    await read({ substituteFrom: from('ConfigMap/a', 'Secret/b') }, secrets)
    expect(secrets.hide('from a, from b')).toBe('from a, *****')
  })
})

describe('substituteObject', () => {
  const built = (yaml: string, metadata: object = {}): BuiltObject => ({
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x', ...metadata },
    },
    yaml,
  })
  const variables = new Map([['X', '1']])

  it('hands on the very object where there is nothing to do', () => {
    const optOut = { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' }
    for (const each of [built('a: b'), built('a: ${X}', { labels: optOut }), built('a: ${X}', { annotations: optOut })])
      expect(substituteObject(each, variables, true)).toBe(each)
    expect(substituteObject(built('a: ${X}'), variables, true)).toEqual({ substituted: 'a: 1' })
  })

  it('names the object in an error; without strictness a missing variable is empty', () => {
    expect(() => substituteObject(built('a: ${Y}'), variables, true)).toThrow(
      /^post build failed for 'Deployment\.v1\.apps\/x': .*Y/,
    )
    expect(substituteObject(built('a: ${Y}'), variables, false)).toEqual({ substituted: 'a: ' })
  })
})
