// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { parseOptions } from './options.ts'

it('has Flux’s defaults', () => {
  expect(parseOptions([], {}, '/tmp')).toMatchObject({
    concurrent: 2,
    storagePath: '/data',
    storageAddr: ':9090',
    storageAdvAddr: 'localhost:9090',
    artifactRetentionTtlMs: 60_000,
    artifactRetentionRecords: 2,
    artifactDigestAlgo: 'sha256',
  })
})

it('takes defaults from the environment, and flags before them', () => {
  const env = { STORAGE_PATH: '/env', STORAGE_ADDRESS: ':1234', METRICS_ADDR: ':1', HOSTNAME: 'pod' }
  const options = parseOptions(['--storage-path=/flag'], env, '/tmp')
  expect(options).toMatchObject({ storagePath: '/flag', storageAddr: ':1234', metricsAddr: ':1' })
  expect(options.storageAdvAddr).toBe('localhost:1234')
})

it('takes Sigstore’s variables as cosign does', () => {
  const env = { TUF_MIRROR: 'https://tuf.example.com', TUF_ROOT_JSON: '/root.json', TUF_ROOT: '/tmp/.sigstore' }
  expect(parseOptions([], env, '/tmp')).toMatchObject({
    sigstoreMirror: 'https://tuf.example.com',
    sigstoreRootJson: '/root.json',
    sigstoreCache: '/tmp/.sigstore',
  })
  expect(parseOptions(['--sigstore-mirror=https://tuf-repo-cdn.sigstore.dev/'], {}, '/tmp').sigstoreRootJson).toBe('')
})

it.each([
  ['127.0.0.1:9090', '127.0.0.1:9090'],
  ['0.0.0.0:80', 'pod:80'],
])('advertises %s as %s', (address, advertised) => {
  expect(parseOptions([`--storage-addr=${address}`], { HOSTNAME: 'pod' }, '/tmp').storageAdvAddr).toBe(advertised)
})

it.each([
  ['--artifact-digest-algo=md5', /--artifact-digest-algo.*sha256/],
  ['--artifact-retention-records=0', /--artifact-retention-records/],
  ['--storage-pth=/x', /unknown option/],
  ['--sigstore-mirror=https://tuf.example.com', /--sigstore-mirror needs --sigstore-root-json/],
  ['--sigstore-mirror=tuf.example.com', /'tuf.example.com' is no URL/],
  ['--default-service-account=tenant', /needs --feature-gates=ObjectLevelWorkloadIdentity=true/],
])('refuses %s', (flag, message) => {
  expect(() => parseOptions([flag], {}, '/tmp')).toThrow(message)
})
