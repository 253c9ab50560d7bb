// SPDX-License-Identifier: Apache-2.0
import { codeOf, errorMessage } from '@tidelock/errors'
import { KubeError } from './kube-error.ts'

/** OpenSSL's and Node's names for a peer that cannot be trusted or does not speak TLS: no repetition mends these. */
const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO|INVALID_CA|CRL_)/

/** Turns what the HTTP library threw into a KubeError. `sent` is whether the request may have reached the server. */
export function toConnectionError(error: unknown, host: string, sent: boolean): KubeError {
  const code = codeOf(error) ?? ''
  const text = errorMessage(error)
  if (tlsCode.test(code)) {
    return new KubeError('TlsFailed', `no trusted connection to the API server ${host}: ${text}`, {
      sent: false,
      cause: error,
    })
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new KubeError('Timeout', `the API server ${host} did not answer in time: ${text}`, { sent, cause: error })
  }
  return new KubeError('Unreachable', `the API server ${host} cannot be reached: ${text}`, { sent, cause: error })
}
