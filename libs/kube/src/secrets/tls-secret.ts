// SPDX-License-Identifier: Apache-2.0
import type { HttpTls } from '@tidelock/http'
import type { SecretData } from './secret-data.ts'
import { SecretError } from './secret-error.ts'

/**
 * The trust and the client certificate of a `certSecretRef`: `ca.crt`, and `tls.crt` with `tls.key`,
 * each with its older name. Throws SecretError.
 */
export function parseTlsSecret(data: SecretData, secretName: string): HttpTls {
  const read = (key: string, legacy: string): Buffer | undefined => {
    const value = data.get(key) ?? data.get(legacy)
    return value === undefined || value.length === 0 ? undefined : value
  }
  const [ca, cert, key] = [read('ca.crt', 'caFile'), read('tls.crt', 'certFile'), read('tls.key', 'keyFile')]
  if (cert === undefined && key === undefined && ca === undefined) {
    throw new SecretError(`secret '${secretName}' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'`)
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [present, missing] = cert === undefined ? ['tls.key', 'tls.crt'] : ['tls.crt', 'tls.key']
    throw new SecretError(`secret '${secretName}' contains '${present}' but not '${missing}': set both or neither`)
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
}
