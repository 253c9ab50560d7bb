// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { Command } from 'commander'
import { addKindCommands } from './add-kind-commands.ts'
import type { Verb } from './kind.ts'
import { commandKinds, findKind } from './kinds.ts'
import { readyOf, shortHashes } from './listed.ts'
import type { Listed } from './listed.ts'

/** What the words name, and the argument that is left; undefined where they name nothing. */
function chosen(verb: Verb, line: string): { kind: string; name: string | undefined } | undefined {
  let found: { kind: string; name: string | undefined } | undefined
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  addKindCommands(program, verb, (command, { kind }) =>
    command.argument('[name]').action((name: string | undefined) => void (found = { kind: kind.kind, name })),
  )
  try {
    program.parse(line.split(' '), { from: 'user' })
  } catch {
    return undefined
  }
  return found
}

describe('the words of a kind', () => {
  it.each<[Verb, string, string, string | undefined]>([
    ['get', 'sources git', 'GitRepository', undefined],
    ['get', 'source git fleet', 'GitRepository', 'fleet'],
    ['suspend', 'source git fleet', 'GitRepository', 'fleet'],
    ['suspend', 'sources oci fleet', 'OCIRepository', 'fleet'],
    ['get', 'gitrepo fleet', 'GitRepository', 'fleet'],
    ['get', 'ocirepositories', 'OCIRepository', undefined],
    ['get', 'ks', 'Kustomization', undefined],
    ['delete', 'kustomizations git', 'Kustomization', 'git'],
    ['export', 'source external a', 'ExternalArtifact', 'a'],
  ])('%s %s', (verb, line, kind, name) => expect(chosen(verb, line)).toEqual({ kind, name }))

  it.each<[Verb, string]>([
    ['get', 'git'],
    ['get', 'sources gti'],
    ['suspend', 'source external a'],
    ['get', 'ks a b'],
  ])('%s %s is refused', (verb, line) => expect(chosen(verb, line)).toBeUndefined())

  it('are each used once', () => {
    const words = commandKinds.flatMap(({ words: { one, many, aliases = [], shortcuts = [], group = '' } }) => [
      ...[...new Set([one, many, ...aliases])].map((word) => `${group} ${word}`),
      ...shortcuts.map((word) => ` ${word}`),
    ])
    expect(new Set(words).size).toBe(words.length)
  })
})

describe('shortHashes', () => {
  const hash = '2f4b2c1d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b'
  it.each([
    [`main@sha1:${hash}`, 'main@sha1:2f4b2c1d'],
    [`stored '${hash}' and 6.7.0@sha256:${hash}${hash.slice(0, 24)}`, `stored '2f4b2c1d' and 6.7.0@sha256:2f4b2c1d`],
    ['6.7.0', '6.7.0'],
    [hash.slice(0, 39), hash.slice(0, 39)],
    ['', ''],
  ])('%s', (text, short) => expect(shortHashes(text)).toBe(short))
})

describe('an object that no controller has seen', () => {
  const bare: Listed = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'a' } }
  it.each([
    ['without a status', bare],
    ['with an empty one', { ...bare, status: {} }],
    ['with other conditions only', { ...bare, status: { conditions: [] } }],
  ])('%s is waiting', (_title, object) =>
    expect(readyOf(object)).toEqual({ status: 'False', message: 'waiting to be reconciled' }),
  )

  it('but a HelmRepository of type oci is ready', () => {
    const helm = findKind('HelmRepository')
    const object = { ...bare, spec: { type: 'oci' } }
    expect(helm?.ready(object)).toEqual({ status: 'True', message: 'Helm repository is Ready' })
    expect([helm?.isStatic(object), helm?.isStatic(bare)]).toEqual([true, false])
  })
})
