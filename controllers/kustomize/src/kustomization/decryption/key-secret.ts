// SPDX-License-Identifier: Apache-2.0
import { parseAwsCredentials, parseAzureLogin, parseGcpKey } from '@tidelock/auth'
import type { AwsCredentials, AzureLogin, GcpKey } from '@tidelock/auth'
import type { Kustomization } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { decodeSecret } from '@tidelock/kube'
import type { ObjectRef, SecretObject } from '@tidelock/kube'
import { readAgeIdentities, readPgpIdentities } from '@tidelock/sops'
import type { AgeIdentity, PgpIdentity } from '@tidelock/sops'
import type { DecryptionOptions } from './options.ts'

/** What a key Secret holds; what it does not name stays as it is. */
export interface DecryptionKeys {
  readonly age: readonly AgeIdentity[]
  readonly pgp: readonly PgpIdentity[]
  readonly vaultToken?: string
  readonly aws?: AwsCredentials
  readonly gcp?: GcpKey
  readonly azure?: AzureLogin
}

interface KeySecret {
  readonly ref: ObjectRef
  /** Of the controller's own fallback Secret age identities alone are taken: cloud credentials there would stand in the way of workload identity. */
  readonly ageOnly: boolean
}

/** The Secret with the keys of an object: its own, else the controller's; undefined where there is neither. */
export function keySecretOf({ spec, metadata }: Kustomization, options: DecryptionOptions): KeySecret | undefined {
  const name = spec.decryption?.secretRef?.name
  if (name !== undefined)
    return { ref: { apiVersion: 'v1', kind: 'Secret', namespace: metadata.namespace ?? '', name }, ageOnly: false }
  const { sopsAgeSecret, namespace } = options
  if (sopsAgeSecret === '' || namespace === '') return undefined
  return { ref: { apiVersion: 'v1', kind: 'Secret', namespace, name: sopsAgeSecret }, ageOnly: true }
}

/** Reads the entries of a key Secret. Throws, naming Secret and entry and never its content. */
export async function readKeys({ ref, ageOnly }: KeySecret, secret: SecretObject): Promise<DecryptionKeys> {
  const keys: { -readonly [K in keyof DecryptionKeys]: DecryptionKeys[K] } = { age: [], pgp: [] }
  for (const [name, bytes] of decodeSecret(secret)) {
    const text = bytes.toString('utf8')
    try {
      if (name.endsWith('.agekey')) keys.age = [...keys.age, ...(await readAgeIdentities(text))]
      else if (ageOnly) continue
      else if (name.endsWith('.asc')) keys.pgp = [...keys.pgp, ...(await readPgpIdentities(text))]
      else if (name === 'sops.vault-token') keys.vaultToken = text.trim()
      else if (name === 'sops.aws-kms') keys.aws = parseAwsCredentials(bytes)
      else if (name === 'sops.gcp-kms') keys.gcp = parseGcpKey(bytes)
      else if (name === 'sops.azure-kv') keys.azure = parseAzureLogin(bytes)
    } catch (cause) {
      const where = `sops decryption Secret '${ref.namespace}/${ref.name}'`
      throw new Error(`failed to import '${name}' data from ${where}: ${errorMessage(cause)}`, { cause })
    }
  }
  return keys
}
