// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { createCommand, parseOptions } from './options.ts'

const parse = (...argv: string[]) => parseOptions(argv, { RUNTIME_NAMESPACE: 'flux-system' }, '/tmp')

describe('parseOptions', () => {
  it('has Flux’s defaults and ours', () => {
    expect(parse()).toMatchObject({
      concurrent: 4,
      concurrentSsa: 4,
      httpRetry: 9,
      requeueDependencyMs: 30_000,
      fullResyncMs: 3_600_000,
      cacheDir: '/tmp/tidelock-kustomize-controller-artifacts',
      engineMemoryMaxBytes: 512 * 2 ** 20,
      overrideManagers: [],
    })
  })

  it('reads lists, sizes and repeated flags', () => {
    const options = parse(
      '--custom-apply-stage-kinds=example.io/Widget, /ConfigMap',
      '--cache-max-size=64',
      '--override-manager=a',
      '--override-manager=b',
    )
    expect([...options.customApplyStageKinds]).toEqual(['example.io/Widget', '/ConfigMap'])
    expect(options.cacheMaxBytes).toBe(64 * 2 ** 20)
    expect(options.overrideManagers).toEqual(['a', 'b'])
  })

  it.each([
    ['--custom-apply-stage-kinds=Widget', /--custom-apply-stage-kinds.*group\/Kind/],
    ['--engine-max-memory=8', /--engine-max-memory/],
    ['--full-resync=10ms', /--full-resync/],
    ['--sops-verify-mac=maybe', /--sops-verify-mac/],
    ['--default-decryption-service-account=tenant', /needs --feature-gates=ObjectLevelWorkloadIdentity/],
    ['--default-kubeconfig-service-account=tenant', /needs --feature-gates=ObjectLevelWorkloadIdentity/],
  ])('refuses %s', (flag, message) => {
    expect(() => parse(flag)).toThrow(message)
  })

  it('refuses leader election without a namespace', () => {
    expect(() => parseOptions(['--enable-leader-election'], {}, '/tmp')).toThrow(/RUNTIME_NAMESPACE/)
  })
})

it('keeps the values of two commands apart', () => {
  const [one, other] = [createCommand('/tmp'), createCommand('/tmp')]
  one.command.parse(['--override-manager=a', '--concurrent=7'], { from: 'user' })
  other.command.parse([], { from: 'user' })
  expect(one.read({})).toMatchObject({ concurrent: 7, overrideManagers: ['a'] })
  expect(other.read({})).toMatchObject({ concurrent: 4, overrideManagers: [] })
})
