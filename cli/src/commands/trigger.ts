// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { formatDuration, parseDuration } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { createHttpClient, proxyFromEnvironment, readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { withTimeout } from './artifact/flags.ts'
import { namespaceOf } from './cluster-flags.ts'
import { receiverPath } from './create/secret-receiver.ts'
import { durationFlag } from './flag-values.ts'
import { actionsToken } from './trigger/actions-token.ts'
import { checkTriggerFlags, tokenVariable } from './trigger/check-flags.ts'
import type { TriggerFlags } from './trigger/check-flags.ts'

/** Not there yet, too busy, or a failure of the server: worth another try. */
const passing: ReadonlySet<number> = new Set([404, 408, 429, 500, 502, 503, 504])
const maxAnswerBytes = 64 * 1024

const examples = `
Examples:
  tidelock trigger receiver shop --token "$TOKEN" --url https://hooks.example.com
  tidelock trigger receiver shop --type generic-hmac --token "$TOKEN" --url https://hooks.example.com --payload '{"tag":"1.4.0"}'
  tidelock trigger receiver shop --type generic-oidc --oidc-provider github --url https://hooks.example.com`

/** `tidelock trigger receiver`: calls the webhook of a Receiver, without a cluster. */
export function addTriggerCommand(program: Command, environment: Environment): void {
  program
    .command('trigger')
    .description('call webhooks')
    .command('receiver')
    .argument('<name>', 'name of the Receiver')
    .description('call the webhook of a Receiver')
    .option('--url <url>', 'address where webhooks are served, perhaps with a path')
    .option('--token <token>', 'token of the Receiver')
    .addOption(
      new Option('--type <type>', 'type of the Receiver')
        .choices(['generic', 'generic-hmac', 'generic-oidc'])
        .default('generic'),
    )
    .addOption(new Option('--oidc-provider <name>', 'whom to ask for a token').choices(['github', 'forgejo']))
    .option('--oidc-token <token>', `the token itself; default: ${tokenVariable}`)
    .option('--oidc-audience <text>', 'audience of the token that is asked for (default: notification-controller)')
    .option('--payload <json>', 'body of the request', '{}')
    .option('--retries <number>', 'how often to try again', countFlag, 10)
    .option('--retry-delay <duration>', 'how long to wait before that', durationFlag, '10s')
    .addHelpText('after', examples)
    .action((name: string, flags: TriggerFlags, command: Command) => {
      checkTriggerFlags(flags)
      return withTimeout(command, environment, (signal) =>
        trigger(name, namespaceOf(command, environment), flags, environment, signal),
      )
    })
}

function countFlag(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number; 0 for none.')
}

async function trigger(
  name: string,
  namespace: string,
  flags: TriggerFlags,
  { env, err }: Environment,
  signal: AbortSignal,
): Promise<void> {
  const { token = '', url = '', retries, retryDelay, payload } = flags
  await using client = createHttpClient({
    userAgent: 'tidelock-cli',
    maxRedirects: 0,
    proxy: proxyFromEnvironment(env),
  })
  const headers = { 'content-type': 'application/json', ...(await authorization(flags, client, env, signal)) }
  const target = `${url.replace(/(?<!\/)\/+$/, '')}${receiverPath(token, name, namespace)}`
  err(`► triggering Receiver ${namespace}/${name}\n`)
  for (let attempt = 1; ; attempt++) {
    const failure = await send(client, target, headers, payload, signal)
    if (failure === undefined) return err(`✔ Receiver ${namespace}/${name} triggered\n`)
    if (!failure.isPassing || attempt > retries) throw new CliError('TriggerFailed', failure.message)
    err(`◎ ${failure.message}; retrying in ${formatDuration(parseDuration(retryDelay))} (${attempt}/${retries})\n`)
    await delay(parseDuration(retryDelay), undefined, { signal })
  }
}

/** Undefined when the server has taken it. */
async function send(
  client: HttpClient,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<{ readonly message: string; readonly isPassing: boolean } | undefined> {
  // the path is as good as a token
  const { origin, pathname } = new URL(url)
  const where = `request to ${origin}`
  try {
    const response = await client.request({ method: 'POST', url, headers, body, signal })
    const answer = (await readBounded(response.body, maxAnswerBytes)).toString('utf8').trim()
    const { status } = response
    if (status >= 200 && status < 300) return undefined
    const said = answer === '' ? '' : `: ${answer}`
    return { message: `${where} failed with status ${status}${said}`, isPassing: passing.has(status) }
  } catch (cause) {
    signal.throwIfAborted()
    return { message: `${where} failed: ${errorMessage(cause).replaceAll(pathname, '/hook/…')}`, isPassing: true }
  }
}

async function authorization(
  { type, token = '', payload, oidcProvider, oidcToken, oidcAudience }: TriggerFlags,
  client: HttpClient,
  env: Environment['env'],
  signal: AbortSignal,
): Promise<Record<string, string>> {
  if (type === 'generic') return {}
  if (type === 'generic-hmac')
    return { 'x-signature': `sha256=${createHmac('sha256', token).update(payload).digest('hex')}` }
  const given =
    oidcProvider === undefined
      ? oidcToken || env[tokenVariable]
      : await actionsToken(client, env, oidcAudience || 'notification-controller', signal)
  if (given) return { authorization: `Bearer ${given}` }
  throw new CliError('UsageInvalid', `OIDC needs a token: set --oidc-provider, --oidc-token or ${tokenVariable}`)
}
