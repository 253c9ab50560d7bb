// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Connection } from '../../connect.ts'
import type { Environment } from '../../environment.ts'
import type { CommandKind } from '../../kinds/kind.ts'
import type { Listed } from '../../kinds/listed.ts'
import type { GetFlags } from './flags.ts'
import { readListed } from './read.ts'

/** The objects of one kind. */
interface Found {
  readonly kind: CommandKind
  readonly objects: readonly Listed[]
}

/** The objects of every kind that the server has; a kind that cannot be listed is noted and left out. */
export async function getAll(
  kinds: readonly CommandKind[],
  flags: GetFlags,
  connection: Connection,
  environment: Environment,
): Promise<readonly Found[]> {
  const { isKubeError } = await import('@tidelock/kube')
  return await Promise.all(
    kinds.map(async (kind) => {
      try {
        const { signal } = environment
        return { kind, objects: await readListed({ kind, name: undefined, flags, connection, signal }) }
      } catch (error) {
        // without its definition there are none
        if (!isKubeError(error, 'NotFound', 'KindNotFound')) {
          if (!isKubeError(error, 'Forbidden')) throw error
          environment.err(`✗ ${errorMessage(error)}\n`)
        }
        return { kind, objects: [] }
      }
    }),
  )
}
