// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { ProviderSpec } from '@tidelock/api'
import { notificationOf } from '../../test/notification.ts'
import { readDestination } from './destination.ts'
import type { Destination } from './destination.ts'

type Secret = Readonly<Record<string, string>>

function read(
  spec: Partial<ProviderSpec>,
  secrets: { readonly secret?: Secret; readonly cert?: Secret; readonly proxy?: Secret } = {},
): Destination {
  const data = (secret: Secret | undefined) =>
    secret === undefined ? undefined : new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  const { provider } = notificationOf({ type: 'generic', ...spec })
  return readDestination(provider, {
    secret: data(secrets.secret),
    cert: data(secrets.cert),
    proxy: data(secrets.proxy),
  })
}

it('puts spec and Secret together, the Secret first', () => {
  const secret = { address: ' https://b/ \n', token: 't\n', username: 'bob', password: 'p' }
  expect(read({ address: 'https://a/', username: 'ann', channel: 'c' }, { secret })).toMatchObject({
    ...{ address: 'https://b/', token: 't', username: 'bob', password: 'p', channel: 'c', proxy: undefined },
  })
  expect(read({ address: 'https://a/', username: 'ann' })).toMatchObject({
    address: 'https://a/',
    username: 'ann',
    token: '',
  })
})

it.each<[string, Secret]>([
  ['longer than 2048 bytes', { address: `https://${'x'.repeat(2048)}` }],
  ['no YAML', { headers: 'a: [s3cret' }],
  ['no map of strings', { headers: '- s3cret' }],
  ['no map of strings', { headers: 'a: 1' }],
  ["Secret 'apps/hook': the value of the header 'a' holds a line break", { headers: 'a: "s3cret\\n"' }],
])('refuses what is %s, without showing it', (problem, secret) => {
  const spec = { secretRef: { name: 'hook' } }
  expect(() => read(spec, { secret })).toThrow(problem)
  expect(() => read(spec, { secret })).not.toThrow('s3cret')
})

it('reads TLS material', () => {
  const pair = { 'tls.crt': 'cert', 'tls.key': 'key' }
  expect(read({}, { cert: { 'ca.crt': 'ca', ...pair } }).tls).toEqual({
    ca: Buffer.from('ca'),
    cert: Buffer.from('cert'),
    key: Buffer.from('key'),
  })
  const certSecretRef = { name: 'tls' }
  expect(() => read({ certSecretRef }, { cert: { 'tls.crt': 'cert' } })).toThrow(
    "/tls' contains 'tls.crt' but not 'tls.key'",
  )
  expect(() => read({ certSecretRef }, { cert: {} })).toThrow("/tls' must contain either 'ca.crt' or both")
  expect(read({}, { cert: { caFile: 'ca' } }).tls).toEqual({ ca: Buffer.from('ca') })
  // of the Secret itself only for commit statuses
  expect(read({ type: 'github' }, { secret: { 'ca.crt': 'ca' } }).tls).toEqual({ ca: Buffer.from('ca') })
  expect(read({ type: 'github' }, { secret: { 'tls.crt': 'cert' } }).tls).toEqual({})
  expect(read({ type: 'slack' }, { secret: { 'ca.crt': 'ca' } }).tls).toEqual({})
})

it('reads the proxy, the Secret before the deprecated ways', () => {
  const proxy = { address: 'http://proxy:3128', username: 'bob', password: 'p@ss' }
  expect(read({ proxy: 'http://old' }, { proxy, secret: { proxy: 'http://older' } }).proxy).toEqual({
    ...{ url: 'http://proxy:3128', username: 'bob', password: 'p@ss' },
  })
  expect(read({ proxy: 'http://old' }, { secret: { proxy: 'http://older' } }).proxy).toEqual({ url: 'http://older' })
  expect(read({ proxy: 'http://old' }).proxy).toEqual({ url: 'http://old' })
  expect(() => read({ proxySecretRef: { name: 'p' } }, { proxy: { address: 'nonsense' } })).toThrow(
    "/p': failed to parse proxy address: key 'address' wants a URL",
  )
})
