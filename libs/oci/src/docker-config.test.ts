// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assert, json, oneof, property, string } from 'fast-check'
import { findCredentials, parseDockerConfig } from './docker-config.ts'
import { OciError } from './errors.ts'
import { parseRepository } from './reference.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const named = (username: string): object => ({ username, password: 'p' })
const find = (auths: object, image: string): unknown =>
  findCredentials(parseDockerConfig(JSON.stringify({ auths })), parseRepository(image))

describe('what an entry says', () => {
  it.each<[string, object, unknown]>([
    ['user and password', { username: 'u', password: 'p' }, { kind: 'basic', username: 'u', password: 'p' }],
    ['both in one', { auth: base64('u:p:q') }, { kind: 'basic', username: 'u', password: 'p:q' }],
    [
      'both, of which auth wins',
      { auth: base64('u:p'), username: 'x', password: 'y' },
      { kind: 'basic', username: 'u', password: 'p' },
    ],
    [
      'an identity token',
      { auth: base64('u:'), identitytoken: 't' },
      { kind: 'identityToken', username: 'u', identityToken: 't' },
    ],
    [
      'an identity token as a password',
      { username: '<token>', password: 't' },
      { kind: 'identityToken', identityToken: 't' },
    ],
    ['a registry token', { registrytoken: 't' }, { kind: 'registryToken', registryToken: 't' }],
    ['nothing', {}, undefined],
  ])('%s', (_what, entry, credentials) => {
    expect(find({ 'ghcr.io': entry }, 'ghcr.io/org/app')).toEqual(credentials)
  })

  it('is read from the older form too', () => {
    const entries = parseDockerConfig(JSON.stringify({ 'ghcr.io': named('u') }), 'legacy')
    expect(findCredentials(entries, parseRepository('ghcr.io/a'))).toMatchObject({ username: 'u' })
  })
})

describe('whom an entry is for', () => {
  it.each<[string, readonly string[], string, string | undefined]>([
    ['the host', ['ghcr.io'], 'ghcr.io/org/app', 'ghcr.io'],
    ['the host as a URL', ['https://ghcr.io/v2/'], 'ghcr.io/org/app', 'https://ghcr.io/v2/'],
    ['another host', ['ghcr.io'], 'quay.io/org/app', undefined],
    ['a host that begins alike', ['ghcr.io'], 'ghcr.io.evil.example/app', undefined],
    ['another port', ['host:5000'], 'host:5001/app', undefined],
    ['no port for a port', ['host.example'], 'host.example:5000/app', undefined],
    ['Docker Hub by its old key', ['https://index.docker.io/v1/'], 'alpine', 'https://index.docker.io/v1/'],
    ['Docker Hub by its name', ['docker.io'], 'docker.io/org/app', 'docker.io'],
    ['the longer path', ['ghcr.io', 'ghcr.io/org'], 'ghcr.io/org/app', 'ghcr.io/org'],
    ['another path', ['ghcr.io/other'], 'ghcr.io/org/app', undefined],
    ['a wildcard', ['*.example.com'], 'eu.example.com/app', '*.example.com'],
    ['a wildcard over one part only', ['*.example.com'], 'a.b.example.com/app', undefined],
    ['a wildcard within a part', ['reg-*-1.example.com'], 'reg-eu-1.example.com/app', 'reg-*-1.example.com'],
    ['a name before a wildcard', ['*.example.com', 'eu.example.com'], 'eu.example.com/app', 'eu.example.com'],
  ])('%s', (_what, keys, image, key) => {
    const auths = Object.fromEntries(keys.map((each) => [each, named(each)]))
    const found = find(auths, image) as { username: string } | undefined
    expect(found?.username).toBe(key)
  })

  it('is read in no time, whatever its password', () => {
    const auth = Buffer.from(`u:${'\0'.repeat(500_000)}x\0`).toString('base64')
    expect(find({ 'ghcr.io': { auth } }, 'ghcr.io/app')).toMatchObject({ password: `${'\0'.repeat(500_000)}x` })
  })

  it('is found in no time, whatever its pattern', () => {
    const pattern = `${'*a'.repeat(5000)}.example.com`
    expect(find({ [pattern]: named('u') }, `${'a'.repeat(60)}.example.com/app`)).toBeUndefined()
  })
})

it.each([
  ['no JSON', 'nothing'],
  ['a list', '[]'],
  ['auths as a list', '{"auths":[]}'],
  ['an entry as a text', '{"auths":{"ghcr.io":"hunter2"}}'],
  ['an auth without a colon', JSON.stringify({ auths: { 'ghcr.io': { auth: base64('hunter2') } } })],
])('%s is refused, without what is in it', (_what, text) => {
  expect(() => parseDockerConfig(text)).toThrow(expect.objectContaining({ code: 'InvalidCredentials' }))
  expect(() => parseDockerConfig(text)).not.toThrow('hunter2')
})

it('throws nothing else, whatever it is given', () => {
  expect(() =>
    assert(
      property(
        oneof(
          json(),
          json().map((auths) => `{"auths":${auths}}`),
          string(),
        ),
        (text) => {
          try {
            findCredentials(parseDockerConfig(text), parseRepository('ghcr.io/org/app'))
          } catch (error) {
            if (!(error instanceof OciError)) throw error
          }
        },
      ),
    ),
  ).not.toThrow()
})
