// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import type { KeyGroup, MasterKey } from './master-key.ts'
import { invalid, textOf } from './metadata-fields.ts'
import { Branch, Comment } from './tree.ts'
import type { Value } from './tree.ts'

/** Each key may cost a request: far more than anybody shares a file among. */
const maxKeys = 1000

type Reader = (entry: Branch, enc: string) => MasterKey

const readers: readonly (readonly [MasterKey['type'], Reader])[] = [
  ['kms', readKms],
  ['gcp_kms', (entry, enc) => ({ type: 'gcp_kms', resourceId: textOf(entry, 'resource_id'), enc })],
  ['hckms', (entry, enc) => ({ type: 'hckms', keyId: textOf(entry, 'key_id'), enc })],
  [
    'azure_kv',
    (entry, enc) => ({
      type: 'azure_kv',
      vaultUrl: textOf(entry, 'vault_url'),
      name: textOf(entry, 'name'),
      version: textOf(entry, 'version'),
      enc,
    }),
  ],
  [
    'hc_vault',
    (entry, enc) => ({
      type: 'hc_vault',
      vaultAddress: textOf(entry, 'vault_address'),
      enginePath: textOf(entry, 'engine_path'),
      keyName: textOf(entry, 'key_name'),
      enc,
    }),
  ],
  ['pgp', (entry, enc) => ({ type: 'pgp', fingerprint: textOf(entry, 'fp'), enc })],
  ['age', (entry, enc) => ({ type: 'age', recipient: textOf(entry, 'recipient'), enc })],
]

/**
 * The groups of master keys: one of all keys at the top, else those of `key_groups`. In a group keys stand in the order in which they
 * are tried, local ones first. Throws `MetadataInvalid`.
 */
export function readKeyGroups(branch: Branch): readonly KeyGroup[] {
  const flat = readGroup(branch)
  const groups = flat.length > 0 ? [flat] : entriesOf(branch, 'key_groups').map(readGroup)
  if (groups.length === 0) throw new SopsError('MetadataInvalid', 'the sops metadata lists no key')
  const count = groups.reduce((sum, group) => sum + group.length, 0)
  if (count > maxKeys) throw new SopsError('MetadataInvalid', `the sops metadata lists more than ${maxKeys} keys`)
  return groups
}

const localFirst: readonly MasterKey['type'][] = ['age', 'pgp']

function readGroup(branch: Branch): KeyGroup {
  const keys = readers.flatMap(([type, read]) =>
    entriesOf(branch, type).map((entry) => read(entry, textOf(entry, 'enc'))),
  )
  const rank = ({ type }: MasterKey): number =>
    localFirst.includes(type) ? localFirst.indexOf(type) : localFirst.length
  return keys.toSorted((a, b) => rank(a) - rank(b))
}

function entriesOf(branch: Branch, list: string): readonly Branch[] {
  const value: Value = branch.get(list) ?? null
  if (value === null) return []
  const entries: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value]
  return entries.flatMap((entry) => {
    if (entry instanceof Branch) return [entry]
    if (entry instanceof Comment) return []
    throw invalid(`${list} is no list of mappings`)
  })
}

function readKms(entry: Branch, enc: string): MasterKey {
  const given = entry.get('context') ?? null
  if (given !== null && !(given instanceof Branch)) throw invalid('the context of a kms key is no mapping')
  const names = given?.items.flatMap((item) => ('key' in item ? [item.key] : [])) ?? []
  const role = textOf(entry, 'role')
  const awsProfile = textOf(entry, 'aws_profile')
  return {
    type: 'kms',
    arn: textOf(entry, 'arn'),
    ...(role === '' ? {} : { role }),
    context: Object.fromEntries(given === null ? [] : names.map((name) => [name, textOf(given, name)])),
    ...(awsProfile === '' ? {} : { awsProfile }),
    enc,
  }
}
