// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { errorMessage } from '@tidelock/errors'
import type { Credentials } from '@tidelock/oci'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'

/** What a helper says when it keeps nothing for a server. */
const nothing = /credentials not found/i

/**
 * Asks `docker-credential-<name>` of the PATH for what it keeps for a server. Undefined where it keeps nothing. Throws UsageInvalid when
 * it cannot be run or fails; what it prints is in no message.
 */
export async function askHelper(
  name: string,
  server: string,
  { env, signal }: Pick<Environment, 'env' | 'signal'>,
): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(name))
    throw new CliError('UsageInvalid', `the Docker config names '${name}', which is no helper`)
  const program = `docker-credential-${name}`
  const failed = (why: string): CliError =>
    new CliError('UsageInvalid', `${program} has no credentials for ${server}: ${why}; install it, or give --creds`)
  const child = spawn(program, ['get'], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'], signal })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.on('error', () => undefined).end(server)
  let answer: string
  try {
    const [printed, code] = await Promise.all([text(child.stdout), exited])
    if (code !== 0 && nothing.test(printed)) return undefined
    if (code !== 0) throw failed(`it ended with exit code ${code}`)
    answer = printed
  } catch (cause) {
    signal.throwIfAborted()
    throw cause instanceof CliError ? cause : failed(errorMessage(cause))
  }
  return toCredentials(answer) ?? Promise.reject(failed('its answer is not JSON with Username and Secret'))
}

function toCredentials(answer: string): Credentials | undefined {
  let parsed: { Username?: unknown; Secret?: unknown }
  try {
    parsed = JSON.parse(answer) as typeof parsed
  } catch {
    return undefined
  }
  const { Username: username, Secret: secret } = parsed
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined
  // how helpers mark a token
  if (username === '<token>') return { kind: 'identityToken', identityToken: secret }
  return { kind: 'basic', username, password: secret }
}
