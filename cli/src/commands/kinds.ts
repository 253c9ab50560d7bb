// SPDX-License-Identifier: Apache-2.0
import { gitRepositoryKind, kustomizationKind, parseRevision } from '@tidelock/api'
import type { Artifact, Kind, KubeObject } from '@tidelock/api'
import { CliError } from '../errors.ts'

/** An object of a kind that the command knows. */
export interface Listed extends KubeObject {
  spec?: { suspend?: boolean; sourceRef?: { kind: string; name: string; namespace?: string } }
  status?: {
    artifact?: Artifact
    lastAppliedRevision?: string
    lastHandledReconcileAt?: string
    observedGeneration?: number
    conditions?: { type: string; status: string; reason: string; message: string }[]
  }
}

/** A kind on the command line. */
export interface CommandKind {
  readonly kind: Kind
  /** Words after `get` and `reconcile`, the first is the one in help: `sources git`. */
  readonly words: readonly string[]
  readonly revision: (obj: Listed) => string
}

/** Every kind that the command knows. */
export const commandKinds: readonly CommandKind[] = [
  {
    kind: gitRepositoryKind,
    words: ['sources git', 'source git', 'gitrepositories', 'gitrepository', 'gitrepo'],
    revision: ({ status }) => status?.artifact?.revision ?? '',
  },
  {
    kind: kustomizationKind,
    words: ['kustomizations', 'kustomization', 'ks'],
    revision: ({ status }) => status?.lastAppliedRevision ?? '',
  },
]

/** The kind that the words name, and what is left of them. Throws UsageInvalid listing what there is. */
export function parseKind(words: readonly string[]): { readonly kind: CommandKind; readonly rest: readonly string[] } {
  for (const length of [2, 1]) {
    const phrase = words.slice(0, length).join(' ')
    const kind = commandKinds.find((each) => each.words.includes(phrase))
    if (kind !== undefined) return { kind, rest: words.slice(length) }
  }
  const known = commandKinds.map(({ words: [word] }) => word).join(', ')
  throw new CliError('UsageInvalid', `'${words.join(' ')}' is no kind that can be named here; known: ${known}`)
}

/** A revision as lists show it: hashes cut to eight digits, as `flux get` does. */
export function shortRevision(text: string): string {
  const { name, algorithm, hash } = parseRevision(text)
  if (algorithm === undefined || hash === undefined) return text
  const digest = `${algorithm}:${hash.slice(0, 8)}`
  return name === '' ? digest : `${name}@${digest}`
}

/** The Ready condition. */
export function readyOf(obj: Listed): { readonly status: string; readonly message: string } {
  const ready = obj.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready ?? { status: 'Unknown', message: 'waiting to be reconciled' }
}
