// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '@tidelock/api'
import type { Listed } from './listed.ts'

/** A command that exists once for each kind. */
export type Verb = 'get' | 'reconcile' | 'suspend' | 'resume' | 'delete' | 'export'

/** A column of `get`. */
export interface Column {
  readonly title: string
  readonly cell: (obj: Listed) => string
}

/** The words of a kind on the command line. */
interface Words {
  /** In front of it, if it has a group: `source`, after `get` also `sources`. */
  readonly group?: string
  readonly one: string
  /** After `get`. */
  readonly many: string
  /** Further words for the same, within the group. */
  readonly aliases?: readonly string[]
  /** Further words without the group: `gitrepo`. */
  readonly shortcuts?: readonly string[]
}

/** A kind on the command line: all that the commands need to know of it. */
export interface CommandKind {
  readonly kind: Kind
  readonly words: Words
  /** The kind in sentences: `source git`. */
  readonly title: string
  readonly verbs: readonly Verb[]
  /** Between the name and whether it is ready. */
  readonly columns: readonly Column[]
  readonly ready: (obj: Listed) => { readonly status: string; readonly message: string }
  /** Digests in the message are what its reader wants, and are not shortened. Absent: they are. */
  readonly wholeMessage?: true
  /** Whether nothing reconciles the object: it is ready as it is. */
  readonly isStatic: (obj: Listed) => boolean
  /** What came of a run that went well. */
  readonly success: (obj: Listed) => string
  /** Fields of `spec` that are written even when they are false. */
  readonly alwaysWritten: readonly string[]
}

/** The object's own conditions decide. */
export const suspendedColumn: Column = {
  title: 'Suspended',
  cell: ({ spec }) => (spec?.suspend === true ? 'True' : 'False'),
}
