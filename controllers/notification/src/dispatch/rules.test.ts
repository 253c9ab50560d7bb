// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Alert, AlertSpec, FluxEvent, ProviderType } from '@tidelock/api'
import { dropReason } from './drop-rules.ts'
import { matchAlert } from './match.ts'
import type { LabelsOf, Match } from './match.ts'
import { mergeMetadata } from './merge-metadata.ts'
import { messageRules } from './patterns.ts'

const group = 'kustomize.toolkit.fluxcd.io'
const event: FluxEvent = {
  involvedObject: { apiVersion: `${group}/v1`, kind: 'Kustomization', namespace: 'apps', name: 'shop' },
  severity: 'info',
  timestamp: '2026-01-01T00:00:00Z',
  message: 'Deployment/apps/shop configured',
  reason: 'Progressing',
  reportingController: 'kustomize-controller',
}

function alert(spec: Partial<AlertSpec>): Alert {
  const metadata = { name: 'a', namespace: 'apps', uid: 'u' }
  const eventSources = [{ kind: 'Kustomization', name: '*' } as const]
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
    kind: 'Alert',
    metadata,
    spec: { eventSources, providerRef: { name: 'p' }, ...spec },
  }
}

const match = (spec: Partial<AlertSpec>, labels?: Record<string, string>, of: FluxEvent = event): Promise<Match> => {
  const labelsOf: LabelsOf = () => Promise.resolve(labels)
  return matchAlert(alert(spec), messageRules(alert(spec)), of, labelsOf)
}

describe('matchAlert', () => {
  it.each<[string, Partial<AlertSpec>, Match]>([
    ['all of a kind', {}, 'yes'],
    ['a name', { eventSources: [{ kind: 'Kustomization', name: 'shop' }] }, 'yes'],
    ['another name', { eventSources: [{ kind: 'Kustomization', name: 'sho' }] }, 'no'],
    ['another kind', { eventSources: [{ kind: 'HelmRelease', name: '*' }] }, 'no'],
    ['another namespace', { eventSources: [{ kind: 'Kustomization', name: '*', namespace: 'other' }] }, 'no'],
    [
      'one of several',
      {
        eventSources: [
          { kind: 'Bucket', name: '*' },
          { kind: 'Kustomization', name: '*', namespace: 'apps' },
        ],
      },
      'yes',
    ],
    ['no source', { eventSources: [] }, 'no'],
    ['errors alone', { eventSeverity: 'error' }, 'no'],
    ['suspended', { suspend: true }, 'no'],
    [
      'an API version that is not looked at',
      { eventSources: [{ kind: 'Kustomization', name: '*', apiVersion: 'x/v9' }] },
      'yes',
    ],
    ['included', { inclusionList: ['nothing', '^Deployment/.*/shop'] }, 'yes'],
    ['not included', { inclusionList: ['^shop'] }, 'no'],
    ['included and excluded', { inclusionList: ['shop'], exclusionList: ['configured$'] }, 'no'],
    ['an empty list', { inclusionList: [], exclusionList: [] }, 'yes'],
    ['an inclusion that does not compile', { inclusionList: ['('] }, 'no'],
    ['an exclusion that does not compile', { exclusionList: ['(?<=x)'] }, 'yes'],
  ])('%s', async (_what, spec, expected) => {
    expect(await match(spec)).toBe(expected)
  })
  it('lets an error pass an Alert for everything, and one for errors', async () => {
    const error = { ...event, severity: 'error' } as const
    expect(await match({}, {}, error)).toBe('yes')
    expect(await match({ eventSeverity: 'error' }, {}, error)).toBe('yes')
  })
  it('looks at the labels of the object', async () => {
    const eventSources = [{ kind: 'Kustomization', name: '*', matchLabels: { team: 'a', tier: 'b' } } as const]
    expect(await match({ eventSources }, { team: 'a', tier: 'b', more: 'c' })).toBe('yes')
    expect(await match({ eventSources }, { team: 'a' })).toBe('no')
    expect(await match({ eventSources }, undefined)).toBe('source-missing')
    expect(await match({ eventSources: [{ kind: 'Kustomization', name: '*', matchLabels: {} }] }, {})).toBe('yes')
  })
  it('names what does not compile', () => {
    const { problems } = messageRules(alert({ inclusionList: ['a', '('], exclusionList: ['[', 'b'] }))
    expect(problems).toEqual(['failed to compile inclusion regex: (', 'failed to compile exclusion regex: ['])
  })
  it('compiles no more than all tenants can wait for, and names where it stopped', () => {
    const large = Array.from({ length: 1000 }, (_, at) => `${'\\p{L}{1,60}'.repeat(15)}${at}`)
    const rules = messageRules(alert({ exclusionList: ['secret', ...large, 'hidden'] }))
    expect(rules.problems).toEqual([
      expect.stringMatching('the expressions are too large together, from this one on: .*[1-9]$'),
    ])
    expect([rules.allows('a secret word'), rules.allows('hidden')]).toEqual([false, true])
  })
  it('tells what would take too long to judge', () => {
    const slow = `${'(x+x+)+y|'.repeat(100)}z`
    const message = `${'x'.repeat(500_000)}z`
    expect(messageRules(alert({ exclusionList: [slow] })).allows(message)).toBe(true)
    expect(messageRules(alert({ inclusionList: [slow] })).allows(message)).toBe(true)
    expect(messageRules(alert({ exclusionList: [slow] })).allows('xxxz')).toBe(false)
  })
})

describe('mergeMetadata', () => {
  it('goes from low to high, and names keys that came from several places', () => {
    const metadata = {
      ...{
        'event.toolkit.fluxcd.io/a': 'annotation',
        'event.toolkit.fluxcd.io/b': 'annotation',
        'event.toolkit.fluxcd.io/summary': 's',
      },
      ...{ [`${group}/c`]: 'controller', [`${group}/revision`]: 'r' },
    }
    const { event: merged, conflicts } = mergeMetadata(
      { ...event, metadata },
      alert({ eventMetadata: { b: 'alert', c: 'alert', d: 'alert' }, summary: 'deprecated' }),
    )
    expect(Object.entries(merged.metadata ?? {})).toEqual([
      ['a', 'annotation'],
      ['b', 'alert'],
      ['c', 'controller'],
      ['d', 'alert'],
      ['revision', 'r'],
      ['summary', 'deprecated'],
    ])
    expect(conflicts).toEqual({
      b: 'involved object annotations, Alert object .spec.eventMetadata',
      c: 'Alert object .spec.eventMetadata, involved object controller metadata',
      summary: 'involved object annotations, Alert object .spec.summary',
    })
    expect(mergeMetadata(event, alert({})).conflicts).toEqual({})
  })
})

describe('dropReason', () => {
  const commit = { 'event.toolkit.fluxcd.io/commit': 'abc' }
  const update = { [`${group}/commit_status`]: 'update' }
  const change = { 'event.toolkit.fluxcd.io/change_request': '1' }
  it.each<[ProviderType, Record<string, string>, 'info' | 'error', boolean]>([
    ['slack', {}, 'info', true],
    ['slack', update, 'info', false],
    ['generic', update, 'info', true],
    ['generic-hmac', update, 'info', true],
    ['github', {}, 'info', false],
    ['github', {}, 'error', true],
    ['gitlab', commit, 'info', true],
    ['gitea', update, 'info', true],
    ['githubpullrequestcomment', {}, 'error', false],
    ['githubpullrequestcomment', change, 'info', true],
    ['gitlabmergerequestcomment', { ...change, ...update }, 'info', false],
  ])('%s with %j, %s: told %s', (type, metadata, severity, isTold) => {
    expect(dropReason(type, { ...event, metadata, severity }) === undefined).toBe(isTold)
  })
})
