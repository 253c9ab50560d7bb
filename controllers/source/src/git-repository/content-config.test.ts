// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { GitRepository, GitRepositorySpec, GitRepositoryStatus } from '@tidelock/api'
import { contentConfigChanged, observeContentConfig } from './content-config.ts'

function object(spec: Partial<GitRepositorySpec>, status?: GitRepositoryStatus): GitRepository {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'app' },
    spec: { interval: '1m', url: 'https://host/app.git', ...spec },
    ...(status === undefined ? {} : { status }),
  }
}

const verify = { mode: 'HEAD' as const, secretRef: { name: 'keys' } }
const passed = {
  type: 'SourceVerified',
  status: 'True' as const,
  reason: 'Succeeded',
  message: 'ok',
  lastTransitionTime: '2026-01-01T00:00:00Z',
}
const include = [{ repository: { name: 'other' }, toPath: 'other' }]

it.each<[string, Partial<GitRepositorySpec>, GitRepositoryStatus | undefined, boolean]>([
  ['nothing on both sides', {}, {}, false],
  ['no status', {}, undefined, false],
  ['what means nothing', { recurseSubmodules: false, include: [] }, { observedRecurseSubmodules: false }, false],
  ['equal rules', { ignore: 'a' }, { observedIgnore: 'a' }, false],
  ['other rules', { ignore: 'a' }, { observedIgnore: 'b' }, true],
  ['empty rules in place of none', { ignore: '' }, {}, true],
  ['rules that are gone', {}, { observedIgnore: 'a' }, true],
  ['equal includes', { include }, { observedInclude: [{ ...include[0]! }] }, false],
  ['an include that is gone', {}, { observedInclude: include }, true],
  ['a verification that was not made yet', { verify }, {}, true],
  ['a verification that has passed', { verify }, { sourceVerificationMode: 'HEAD', conditions: [passed] }, false],
  ['a verification of which nothing is left but the mode', { verify }, { sourceVerificationMode: 'HEAD' }, true],
  ['a verification of less', { verify }, { sourceVerificationMode: 'Tag', conditions: [passed] }, true],
  ['a verification of more', { verify }, { sourceVerificationMode: 'TagAndHEAD', conditions: [passed] }, false],
  ['directories in another order', { sparseCheckout: ['a', 'b'] }, { observedSparseCheckout: ['b', 'a'] }, true],
])('sees %s', (_what, spec, status, changed) => {
  expect(contentConfigChanged(object(spec, status))).toBe(changed)
})

it('drops from the status what the spec no longer says', () => {
  const obj = object(
    { ignore: 'new' },
    {
      observedIgnore: 'old',
      observedInclude: include,
      includedArtifacts: [],
      observedRecurseSubmodules: true,
      sourceVerificationMode: 'HEAD',
      observedGeneration: 3,
    },
  )
  observeContentConfig(obj, [])
  expect(obj.status).toEqual({ observedIgnore: 'new', observedGeneration: 3 })
  expect(contentConfigChanged(obj)).toBe(false)
})
