// SPDX-License-Identifier: Apache-2.0

/** First part of every path that webhooks are sent to. */
export const webhookPrefix = '/hook/'

/**
 * The path of a Receiver: nobody guesses it without the token. `sha256` gives the hexadecimal digest of a text; this package has none of
 * its own, as it runs where Node does not.
 */
export function webhookPath(
  token: string,
  { name, namespace = '' }: { readonly name: string; readonly namespace?: string | undefined },
  sha256: (text: string) => string,
): string {
  return `${webhookPrefix}${sha256(`${token}${name}${namespace}`)}`
}
