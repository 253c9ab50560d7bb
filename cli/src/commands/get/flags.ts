// SPDX-License-Identifier: Apache-2.0
import type { Connection } from '../../connect.ts'
import type { CommandKind } from '../../kinds/kind.ts'
import type { StatusSelector } from './status-selector.ts'

/** The flags of `get`. */
export interface GetFlags {
  readonly allNamespaces?: boolean
  readonly header: boolean
  readonly labelSelector?: string
  readonly statusSelector?: StatusSelector
  readonly showSource?: boolean
  readonly watch?: boolean
  readonly output?: 'json' | 'yaml'
}

/** What `get` is asked for. */
export interface GetRequest {
  readonly kind: CommandKind
  readonly name: string | undefined
  readonly flags: GetFlags
  readonly connection: Connection
  readonly signal: AbortSignal
}
