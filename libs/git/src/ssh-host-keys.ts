// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { ServerHostKeyAlgorithm } from 'ssh2'
import { GitError } from './git-error.ts'
import { loadSsh2 } from './ssh/ssh2.ts'

/** The server whose keys are asked for. */
export interface HostKeyScan {
  readonly host: string
  /** Default 22. */
  readonly port?: number
  /** For each of the few connections that it takes. Default 30 s. */
  readonly timeoutMs?: number
  readonly signal: AbortSignal
}

/** Of each family a server has one key at most that is of use. */
const families: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
]

/**
 * The host keys of an SSH server as lines of a known_hosts file, one of each family that the server has, as ssh-keyscan collects
 * them. Nothing vouches for them: whoever uses them compares them with what the server's owner published. Throws GitError
 * Unreachable, and the signal's reason.
 */
export async function scanHostKeys({ host, port = 22, timeoutMs = 30_000, signal }: HostKeyScan): Promise<string> {
  const name = port === 22 ? host : `[${host}]:${port}`
  const lines: string[] = []
  let failure: unknown
  for (const algorithms of families) {
    try {
      const key = await readHostKey({ host, port, timeoutMs, signal }, algorithms)
      lines.push(`${name} ${keyType(key)} ${key.toString('base64')}`)
    } catch (error) {
      signal.throwIfAborted()
      failure ??= error
    }
  }
  if (lines.length > 0) return lines.join('\n')
  throw new GitError('Unreachable', `no host key of ${host}:${port} could be read: ${errorMessage(failure)}`, {
    cause: failure,
  })
}

function readHostKey(
  { host, port, timeoutMs, signal }: Required<HostKeyScan>,
  algorithms: readonly ServerHostKeyAlgorithm[],
): Promise<Buffer> {
  const found = Promise.withResolvers<Buffer>()
  const client = new (loadSsh2().Client)()
  const abort = (): void => found.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  client.on('error', (error) => found.reject(error))
  client.on('close', () => found.reject(new Error('the server closed the connection')))
  signal.throwIfAborted()
  client.connect({
    ...{ host, port, username: 'git', readyTimeout: timeoutMs, timeout: timeoutMs },
    algorithms: { serverHostKey: [...algorithms] },
    // the key is all that is wanted: no credential is ever offered
    hostVerifier: (key: Buffer) => {
      found.resolve(key)
      return false
    },
  })
  return found.promise.finally(() => {
    signal.removeEventListener('abort', abort)
    client.destroy()
  })
}

/** The name that a key in SSH's wire format begins with. */
function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1')
}
