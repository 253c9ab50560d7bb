// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/** First part of every path that webhooks are sent to. */
export const webhookPrefix = '/hook/'

/** The path of a Receiver: nobody guesses it without the token. */
export function webhookPath(token: string, { name, namespace = '' }: { name: string; namespace?: string }): string {
  return `${webhookPrefix}${createHash('sha256')
    .update(token + name + namespace)
    .digest('hex')}`
}
