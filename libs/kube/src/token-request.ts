// SPDX-License-Identifier: Apache-2.0
import type { RequestOptions } from './client-options.ts'
import { KubeError } from './kube-error.ts'
import { parseAnswer } from './parse-answer.ts'
import type { SendText } from './list-pages.ts'
import type { ObjectRef } from './object-ref.ts'
import { resourcePath } from './request-paths.ts'

/** What a token is to be good for. */
export interface TokenRequest extends RequestOptions {
  /** Default: the API server itself. */
  readonly audiences?: readonly string[]
  /** The server may give another span; at least 600. Default 3600. */
  readonly expirationSeconds?: number
}

/** A token of a service account. Secret: never log it. */
export interface IssuedToken {
  readonly token: string
  readonly expiresAtMs: number
}

const serviceAccounts = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
}

/** Asks the `token` subresource of a service account. */
export async function requestToken(
  send: SendText,
  account: Pick<ObjectRef, 'namespace' | 'name'>,
  { audiences = [], expirationSeconds = 3600, signal }: TokenRequest,
): Promise<IssuedToken> {
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', ...account }
  const text = await send({
    method: 'POST',
    path: resourcePath(serviceAccounts, { ...account, subresource: 'token' }),
    subject: {
      verb: 'create',
      resource: 'serviceaccounts/token',
      group: '',
      namespace: account.namespace ?? '',
      name: account.name,
    },
    // a token that nobody got harms nobody
    repeatability: 'idempotent',
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds },
    }),
    ref,
    signal,
  })
  const { status } = parseAnswer<{ status?: { token?: string; expirationTimestamp?: string } }>(
    text,
    `token of ServiceAccount/${account.namespace}/${account.name}`,
    ref,
  )
  if (status?.token === undefined || status.expirationTimestamp === undefined) {
    throw new KubeError(
      'DecodeFailed',
      `ServiceAccount/${account.namespace}/${account.name}: the answer holds no token`,
      { ref },
    )
  }
  return { token: status.token, expiresAtMs: Date.parse(status.expirationTimestamp) }
}
