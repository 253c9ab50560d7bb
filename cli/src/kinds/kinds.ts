// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '@tidelock/api'
import type { CommandKind } from './kind.ts'
import { kustomizations } from './kustomizations.ts'
import { notificationKinds } from './notifications.ts'
import { sourceKinds } from './sources.ts'

/** Every kind that the commands know, in the order in which `get all` lists them. */
export const commandKinds: readonly CommandKind[] = [...sourceKinds, kustomizations, ...notificationKinds]

/** The kind of that name (`GitRepository`); undefined if the commands do not know it. */
export function findKind(kind: string): CommandKind | undefined {
  return commandKinds.find((each) => each.kind.kind === kind)
}

/** The same, of a kind that is in the table. Throws where it is not, which is a fault of this program. */
export function requireKind({ kind }: Kind): CommandKind {
  const found = findKind(kind)
  if (found === undefined) throw new TypeError(`no command knows ${kind}`)
  return found
}
