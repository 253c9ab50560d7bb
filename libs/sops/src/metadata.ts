// SPDX-License-Identifier: Apache-2.0
import { invalid, textOf } from './metadata-fields.ts'
import type { KeyGroup } from './master-key.ts'
import { readKeyGroups } from './metadata-keys.ts'
import type { Branch } from './tree.ts'

/** Which values of a file are encrypted; one rule a file. */
export interface CryptRule {
  readonly kind:
    | 'unencrypted_suffix'
    | 'encrypted_suffix'
    | 'unencrypted_regex'
    | 'encrypted_regex'
    | 'unencrypted_comment_regex'
    | 'encrypted_comment_regex'
  /** The suffix, or the regular expression in RE2's syntax. */
  readonly text: string
}

/** What SOPS wrote about a file into it. */
export interface Metadata {
  readonly keyGroups: readonly KeyGroup[]
  /** How many key groups are needed, 0 when the file does not say. */
  readonly shamirThreshold: number
  /** RFC 3339 without a fraction: the additional data of the MAC. */
  readonly lastModified: string
  /** The encrypted MAC; '' when there is none. */
  readonly mac: string
  readonly macOnlyEncrypted: boolean
  readonly rule: CryptRule
}

const ruleKinds: readonly CryptRule['kind'][] = [
  'unencrypted_suffix',
  'encrypted_suffix',
  'unencrypted_regex',
  'encrypted_regex',
  'unencrypted_comment_regex',
  'encrypted_comment_regex',
]

/** Reads the `sops` branch. Throws `MetadataInvalid`, naming the field. */
export function readMetadata(branch: Branch): Metadata {
  const rules = ruleKinds.map((kind) => ({ kind, text: textOf(branch, kind) })).filter(({ text }) => text !== '')
  if (rules.length > 1) {
    throw invalid(`${rules.map(({ kind }) => kind).join(' and ')} exclude each other`)
  }
  return {
    keyGroups: readKeyGroups(branch),
    shamirThreshold: toThreshold(textOf(branch, 'shamir_threshold')),
    lastModified: toSeconds(textOf(branch, 'lastmodified')),
    mac: textOf(branch, 'mac'),
    macOnlyEncrypted: /^(?:true|1|t)$/i.test(textOf(branch, 'mac_only_encrypted')),
    rule: rules[0] ?? { kind: 'unencrypted_suffix', text: '_unencrypted' },
  }
}

function toThreshold(text: string): number {
  if (text === '') return 0
  if (!/^\d{1,3}$/.test(text)) throw invalid('shamir_threshold is no number up to 255')
  return Number(text)
}

function toSeconds(text: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null || Number.isNaN(Date.parse(text.replace(',', '.'))))
    throw invalid('lastmodified is no RFC 3339 time')
  const [, time = '', zone = ''] = match
  return time + (/^[+-]00:00$/.test(zone) ? 'Z' : zone)
}
