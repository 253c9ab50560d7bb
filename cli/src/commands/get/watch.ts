// SPDX-License-Identifier: Apache-2.0
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import type { GetRequest } from './flags.ts'
import { scopeOf } from './read.ts'
import { toTable } from './rows.ts'

/** Prints a line for each object, and another one each time it changes. Throws TimedOut when the time is up, as flux does. */
export async function watchListed(request: GetRequest, { out }: Environment): Promise<void> {
  const { kind, flags, connection, signal } = request
  const { client, timeoutMs } = connection
  let isFirst = true
  const options = { ...scopeOf(request), timeoutMs, idleMs: timeoutMs, signal }
  const session = await client.watch(kind.kind, options, {
    event: ({ type, object }) => {
      if (type === 'BOOKMARK') return
      out(toTable(kind, [object], { ...flags, header: flags.header && isFirst }, false))
      isFirst = false
    },
  })
  const { error } = await session.ended
  throw error ?? new CliError('TimedOut', `no more is watched after --timeout; give a longer one to go on`)
}
