// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@tidelock/api'
import type { Command } from 'commander'
import type { CommandKind } from '../../kinds/kind.ts'
import type { Listed } from '../../kinds/listed.ts'
import type { SecretContent } from '../../secrets/secret-content.ts'
import type { CreateFlags } from './flags.ts'

/** How an object of a kind is made from flags. */
export interface ObjectRecipe<F extends object = object> {
  readonly kind: CommandKind
  /** The words after `create`: `source git`. */
  readonly words: string
  readonly aliases?: readonly string[]
  readonly examples: string
  readonly addFlags: (command: Command) => void
  /** Throws UsageInvalid. */
  readonly toSpec: (flags: F & CreateFlags) => JsonObject
  /** What it is called in notes, and whether they begin with `generating`. */
  readonly noun: string
  readonly isAnnounced: boolean
  /** A Secret with credentials that are given as flags; the object is to refer to it. */
  readonly credentials?: (flags: F & CreateFlags, context: RecipeContext) => Promise<SecretContent | undefined>
  /** The notes when it is ready. Throws NotReady. */
  readonly done: (obj: Listed, flags: F & CreateFlags) => readonly string[]
}

/** How a Secret is made from flags. */
export interface SecretRecipe<F extends object = object> {
  /** The word after `create secret`. */
  readonly word: string
  readonly description: string
  readonly examples: string
  readonly addFlags: (command: Command) => void
  /** Throws UsageInvalid, and what reading files and asking servers throws. */
  readonly toContent: (flags: F & CreateFlags, context: RecipeContext) => Promise<SecretContent>
  /** Printed behind an exported Secret. */
  readonly afterExport: '' | '\n'
}

/** What recipes may use of the world. */
export interface RecipeContext {
  readonly name: string
  readonly namespace: string
  /** The text of a file; `flag` named it. Throws UsageInvalid. */
  readonly readText: (file: string, flag: string) => Promise<string>
  readonly note: (text: string) => void
  /** Asks a question whose answer must be yes. Throws Aborted. */
  readonly confirm: (question: string, silencer: string) => Promise<void>
  readonly signal: AbortSignal
}
