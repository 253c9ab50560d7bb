// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'

const [urlVariable, tokenVariable] = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']
const maxAnswerBytes = 64 * 1024

/**
 * A token of the job of GitHub or Forgejo Actions that this runs in, for an audience. Throws TriggerFailed; what the server answers is in
 * no message.
 */
export async function actionsToken(
  client: HttpClient,
  env: Environment['env'],
  audience: string,
  signal: AbortSignal,
): Promise<string> {
  const [address, token] = [env[urlVariable], env[tokenVariable]]
  if (!address || !token || !URL.canParse(address))
    throw new CliError(
      'TriggerFailed',
      `${urlVariable} and ${tokenVariable} are not set: give the job the permission to write its id-token`,
    )
  const url = new URL(address)
  url.searchParams.set('audience', audience)
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
    const response = await client.request({ url: url.href, headers, signal })
    const text = (await readBounded(response.body, maxAnswerBytes)).toString('utf8')
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    const { value } = JSON.parse(text) as { value?: unknown }
    if (typeof value === 'string' && value !== '') return value
    throw new Error('the answer has no value')
  } catch (cause) {
    signal.throwIfAborted()
    const why = cause instanceof SyntaxError ? 'the answer is not JSON' : errorMessage(cause)
    throw new CliError('TriggerFailed', `no OIDC token from ${url.origin}: ${why}`)
  }
}
