// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net'
import { GitError } from '../git-error.ts'
import { remoteText } from '../remote-text.ts'

/** What a server may say before it introduces itself (RFC 4253, 4.2). */
const maxBytes = 64 * 1024

/**
 * Waits until the server has introduced itself, and leaves all that it said in the socket: ssh2 loses parts of an introduction that
 * comes in more than two pieces. Throws `ProtocolError` for what is no SSH server, or `Unreachable`.
 */
export async function awaitIdentification(socket: Socket): Promise<void> {
  let held = Buffer.alloc(0)
  for (;;) {
    const chunk = socket.read() as Buffer | null
    if (chunk !== null) held = Buffer.concat([held, chunk])
    if (/(?:^|\n)SSH-[^\n]*\n/.test(held.toString('latin1'))) {
      socket.unshift(held)
      return
    }
    if (held.length > maxBytes) throw notSsh(held)
    if (chunk !== null) continue
    if (socket.destroyed || socket.readableEnded) {
      if (held.length > 0) throw notSsh(held)
      const { errored } = socket
      throw new GitError('Unreachable', 'ssh: the server closed the connection before it introduced itself', {
        ...(errored === null ? {} : { cause: errored }),
      })
    }
    await changed(socket)
  }
}

function notSsh(said: Buffer): GitError {
  const words = remoteText(said.subarray(0, 100))
  return new GitError('ProtocolError', `ssh: the server does not speak SSH: it said ${JSON.stringify(words)}`)
}

/** Resolves when there is more to read, or nothing any more. */
function changed(socket: Socket): Promise<void> {
  const events = ['readable', 'end', 'close', 'error'] as const
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of events) socket.off(event, settle)
      resolve()
    }
    for (const event of events) socket.on(event, settle)
  })
}
