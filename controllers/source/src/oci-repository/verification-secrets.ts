// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { SecretData } from '@tidelock/kube'
import { parsePublicKey, parseTrustedCertificates, parseTrustedRoot, parseTrustPolicy } from '@tidelock/verify'
import type { NamedKey, SigningCertificate, TrustedRoot, TrustPolicy } from '@tidelock/verify'

const trustPolicyKey = 'trustpolicy.json'
const trustedRootKey = 'trusted_root.json'
/** Each is tried on each signature. */
const maxKeys = 100

/** The public keys of a Secret, by name: every `*.pub`. Throws an Error that names Secret and key when there is none, or one that is none. */
export function readPublicKeys(secret: SecretData, name: string): readonly NamedKey[] {
  const entries = [...secret].filter(([key]) => key.endsWith('.pub')).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) throw new Error(`no public keys found in secret '${name}' (keys with .pub suffix)`)
  if (entries.length > maxKeys) throw new Error(`more than ${maxKeys} public keys found in secret '${name}'`)
  return entries.map(([key, value]) => ({
    name: key,
    key: within(name, () => parsePublicKey(`'${key}'`, value.toString('utf8'))),
  }))
}

/** The trusted root of a Secret. Throws an Error that names the Secret. */
export function readTrustedRoot(secret: SecretData, name: string): TrustedRoot {
  const content = secret.get(trustedRootKey)
  if (content === undefined) throw new Error(`'${trustedRootKey}' not found in secret '${name}'`)
  return parseTrustedRoot(content.toString('utf8'))
}

/** The trust policy and all certificates (`*.crt`, `*.pem`) of a Secret. Throws an Error that names Secret and key. */
export function readNotationSecret(
  secret: SecretData,
  name: string,
): { readonly policy: TrustPolicy; readonly certificates: readonly SigningCertificate[] } {
  const content = secret.get(trustPolicyKey)
  if (content === undefined) throw new Error(`'${trustPolicyKey}' not found in secret '${name}'`)
  const policy = within(name, () => parseTrustPolicy(content.toString('utf8')))
  const files = [...secret].filter(([key]) => key.endsWith('.crt') || key.endsWith('.pem'))
  if (files.length === 0) throw new Error(`no certificates found in secret '${name}'`)
  return {
    policy,
    certificates: files.flatMap(([key, value]) => within(name, () => parseTrustedCertificates(`'${key}'`, value))),
  }
}

function within<T>(secret: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new Error(`secret '${secret}': ${errorMessage(cause)}`, { cause })
  }
}
