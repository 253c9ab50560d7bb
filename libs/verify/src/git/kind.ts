// SPDX-License-Identifier: Apache-2.0

/** What a signature in a Git object is, by the line that it begins with; Flux's words. */
export type GitSignatureKind = 'openpgp' | 'ssh' | 'x509' | 'empty' | 'unknown'

/** Tells signatures apart. X.509 signatures are recognised, and verified by nobody here or in Flux. */
export function gitSignatureKind(signature: string): GitSignatureKind {
  const text = signature.trim()
  if (text.startsWith('-----BEGIN PGP SIGNATURE-----')) return 'openpgp'
  if (text.startsWith('-----BEGIN SSH SIGNATURE-----')) return 'ssh'
  if (text.startsWith('-----BEGIN SIGNED MESSAGE-----')) return 'x509'
  return signature === '' ? 'empty' : 'unknown'
}
