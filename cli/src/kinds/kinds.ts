// SPDX-License-Identifier: Apache-2.0
import type { CommandKind } from './kind.ts'
import { kustomizations } from './kustomizations.ts'
import { sourceKinds } from './sources.ts'

/** Every kind that the commands know, in the order in which `get all` lists them. */
export const commandKinds: readonly CommandKind[] = [...sourceKinds, kustomizations]

/** The kind of that name (`GitRepository`); undefined if the commands do not know it. */
export function findKind(kind: string): CommandKind | undefined {
  return commandKinds.find((each) => each.kind.kind === kind)
}
