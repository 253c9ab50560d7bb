// SPDX-License-Identifier: Apache-2.0
import type { Connection } from '../connect.ts'
import { CliError } from '../errors.ts'
import type { CommandKind } from '../kinds/kind.ts'
import type { Listed } from '../kinds/listed.ts'
import { toRef } from './ref.ts'

/** Objects to do something with, and the names among those given that nothing has. */
export interface Selection {
  readonly objects: readonly Listed[]
  readonly missing: readonly string[]
}

/** The named objects, each once; without names, with `--all`, all of the namespace. Throws UsageInvalid where neither is given. */
export async function selectObjects(
  kind: CommandKind,
  names: readonly string[],
  all: boolean,
  { client, namespace }: Connection,
  signal: AbortSignal,
): Promise<Selection> {
  requireNames(kind, names, all)
  if (names.length === 0)
    return { objects: (await client.list<Listed>(kind.kind, { namespace, signal })).items, missing: [] }
  const objects: Listed[] = []
  const missing: string[] = []
  for (const name of new Set(names)) {
    const { items } = await client.list<Listed>(kind.kind, {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      signal,
    })
    if (items[0] === undefined) missing.push(name)
    else objects.push(items[0])
  }
  return { objects, missing }
}

/** Throws UsageInvalid where there is neither a name nor `--all`. */
export function requireNames(kind: CommandKind, names: readonly string[], all: boolean): void {
  if (names.length === 0 && !all) throw new CliError('UsageInvalid', `${kind.title} name is required, or --all`)
}

/** Sets `spec.suspend`, or takes it away. Throws KubeError. */
export async function setSuspend(
  { client, namespace }: Connection,
  { kind }: CommandKind,
  name: string,
  suspend: boolean,
  signal: AbortSignal,
): Promise<void> {
  const body = { spec: { suspend: suspend ? true : null } }
  await client.patch(toRef(kind, namespace, name), { type: 'merge', body, fieldManager: 'tidelock', signal })
}
