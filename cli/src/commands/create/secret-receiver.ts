// SPDX-License-Identifier: Apache-2.0
import { hash, randomBytes } from 'node:crypto'
import { webhookPath } from '@tidelock/api'
import { Option } from 'commander'
import { CliError } from '../../errors.ts'
import { receiverTypes } from './receiver-types.ts'
import type { SecretRecipe } from './recipe.ts'

interface ReceiverSecretFlags {
  readonly type?: string
  readonly token?: string
  readonly hostname?: string
  readonly emailClaim?: string
  readonly audienceClaim?: string
}

/** `tidelock create secret receiver`. */
export const secretReceiver: SecretRecipe<ReceiverSecretFlags> = {
  word: 'receiver',
  description: 'create or update a Secret with the token of a webhook, and its address as an annotation',
  examples: `
Examples:
  tidelock create secret receiver github-webhook --type github --hostname hooks.example.com`,
  afterExport: '\n',
  addFlags: (command) =>
    void command
      .addOption(new Option('--type <type>', 'type of the Receiver').choices(receiverTypes))
      .option('--token <token>', 'token; without it one is made')
      .option('--hostname <host>', 'host of the address')
      .option('--email-claim <email>', 'of gcr: account that the requests come from')
      .option('--audience-claim <text>', 'of gcr: audience of their tokens; default the address'),
  toContent: ({ type, token, hostname, emailClaim, audienceClaim }, { name, namespace }) => {
    if (!type) throw new CliError('UsageInvalid', '--type is required')
    if (!hostname) throw new CliError('UsageInvalid', '--hostname is required')
    const isGcr = type === 'gcr'
    if (isGcr && !emailClaim) throw new CliError('UsageInvalid', '--email-claim is required for gcr receiver type')
    const secret = token || randomBytes(32).toString('hex')
    const url = `https://${hostname}${receiverPath(secret, name, namespace)}`
    const claims = isGcr ? { email: emailClaim ?? '', audience: audienceClaim || url } : {}
    const annotations = { 'notification.toolkit.fluxcd.io/webhook': url }
    return Promise.resolve({ annotations, stringData: { token: secret, ...claims } })
  },
}

/** The path under which a Receiver is served. */
export function receiverPath(token: string, name: string, namespace: string): string {
  return webhookPath(token, { name, namespace }, (text) => hash('sha256', text))
}
