// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { gitRepositoryKind, helmRepositoryKind, ociRepositoryKind } from '../source/v1/kinds.ts'
import { kustomizationKind } from '../kustomize/v1/kinds.ts'
import { isDateTime } from './formats.ts'
import { validate } from './validate.ts'

const git = (spec: unknown, more: object = {}) => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'fleet', annotations: { 'a.b/c': 'd' } },
  spec,
  ...more,
})
const minimal = { interval: '1m', url: 'https://example.com/fleet' }

describe('validate', () => {
  it('finds nothing wrong with a good object', async () => {
    const status = {
      observedGeneration: -1,
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    }
    expect(await validate(gitRepositoryKind, git(minimal, { status }))).toEqual([])
    const kustomization = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { generateName: 'app-' },
      spec: {
        interval: '1h30m',
        prune: false,
        sourceRef: { kind: 'GitRepository', name: 'fleet' },
        postBuild: { substitute: { any_name: 'x' } },
      },
    }
    expect(await validate(kustomizationKind, kustomization)).toEqual([])
  })
  it.each<[unknown, string, string]>([
    [{ interval: '1m' }, 'spec.url', 'is required: add the field'],
    [
      { ...minimal, interval: '1d' },
      'spec.interval',
      '"1d" is not a duration: write numbers with the units ms, s, m or h, such as 1h30m',
    ],
    [
      { ...minimal, timeout: '1h' },
      'spec.timeout',
      '"1h" is not a timeout: write numbers with the units ms, s or m, such as 1m30s; hours are not allowed here',
    ],
    [
      { ...minimal, url: 'git@example.com:fleet' },
      'spec.url',
      '"git@example.com:fleet" is not an address of a Git repository: start with https://, http:// or ssh:// (user@host:path is not read)',
    ],
    [
      { ...minimal, provider: 'gitlab' },
      'spec.provider',
      '"gitlab" is not supported: write one of "generic", "aws", "azure", "github"',
    ],
    [
      { ...minimal, suspend: 'yes' },
      'spec.suspend',
      '"yes" is not of type boolean: write true or false, without quotes',
    ],
    [
      { ...minimal, ref: { branch: 1 } },
      'spec.ref.branch',
      '1 is not of type string: write a text (quote numbers and booleans)',
    ],
    [{ ...minimal, include: [{ repository: {} }] }, 'spec.include[0].repository.name', 'is required: add the field'],
    [{ ...minimal, include: {} }, 'spec.include', '{} is not of type array: write a list'],
    [{ ...minimal, Branch: 'main' }, 'spec.Branch', 'is not a known field: remove it'],
    [{ ...minimal, intervall: '1m' }, 'spec.intervall', 'is not a known field: did you mean interval?'],
    [{ ...minimal, secretref: {} }, 'spec.secretref', 'is not a known field: did you mean secretRef?'],
    [{ ...minimal, ref: { barnch: 'x' } }, 'spec.ref.barnch', 'is not a known field: did you mean branch?'],
  ])('%j', async (spec, path, message) => {
    expect(await validate(gitRepositoryKind, git(spec))).toEqual([{ path, message }])
  })
  it('lets a required field with a default be missing', async () => {
    const verify = { secretRef: { name: 'keys' } }
    const oci = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: { name: 'x' },
      spec: { interval: '1m', url: 'oci://example.com/x', verify },
    }
    expect(await validate(ociRepositoryKind, oci)).toEqual([])
  })
  it('tells all at once, and shortens long values', async () => {
    const problems = await validate(gitRepositoryKind, git({ interval: 'x'.repeat(1000), suspend: 1 }))
    expect(problems.map(({ path }) => path).sort()).toEqual(['spec.interval', 'spec.suspend', 'spec.url'])
    for (const { message } of problems) expect(message.length).toBeLessThan(250)
  })
  it('checks statuses too', async () => {
    const status = {
      conditions: [
        { type: 'Ready', status: 'yes', reason: '', message: '', observedGeneration: -1, lastTransitionTime: 'now' },
      ],
    }
    const problems = await validate(gitRepositoryKind, git(minimal, { status }))
    expect(problems.map(({ path }) => path).sort()).toEqual([
      'status.conditions[0].lastTransitionTime',
      'status.conditions[0].observedGeneration',
      'status.conditions[0].reason',
      'status.conditions[0].reason',
      'status.conditions[0].status',
    ])
  })
  it.each<[unknown, string]>([
    [undefined, ''],
    [[], ''],
    ['text', ''],
    [{ ...git(minimal), apiVersion: 'source.toolkit.fluxcd.io/v1beta2' }, 'apiVersion'],
    [{ ...git(minimal), kind: undefined }, 'kind'],
    [{ ...git(minimal), metadata: {} }, 'metadata.name'],
    [{ ...git(minimal), metadata: null }, 'metadata.name'],
  ])('names what makes %j no object of the kind', async (obj, path) => {
    const problems = await validate(gitRepositoryKind, obj)
    expect(problems.map((problem) => problem.path)).toEqual([path])
  })
  it('knows only kinds of the toolkit', async () => {
    const secret = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
    expect(await validate(secret, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } })).toEqual([
      { path: 'kind', message: 'Secret is not a kind of this toolkit' },
    ])
  })
  it.each([
    [ociRepositoryKind, 'https://example.com', 'oci://'],
    [helmRepositoryKind, 'ftp://example.com', 'oci://'],
  ])('says how the address of %j starts', async (kind, url, hint) => {
    const problems = await validate(kind, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: kind.kind,
      metadata: { name: 'x' },
      spec: { interval: '1m', url },
    })
    expect(problems).toEqual([{ path: 'spec.url', message: expect.stringContaining(hint) }])
  })
})

it.each([
  ['2026-01-31T12:00:00Z', true],
  ['2026-01-31t12:00:00.123456789+02:00', true],
  ['2024-02-29T00:00:00Z', true],
  ['2026-02-29T00:00:00Z', false],
  ['2026-13-01T00:00:00Z', false],
  ['2026-01-31 12:00:00Z', false],
  ['2026-01-31T24:00:00Z', false],
  ['2026-01-31', false],
])('isDateTime %s', (text, expected) => {
  expect(isDateTime(text)).toBe(expected)
})
