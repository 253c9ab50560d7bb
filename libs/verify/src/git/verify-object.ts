// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { gitSignatureKind } from './kind.ts'
import { verifyOpenPgp } from './openpgp.ts'
import { verifySsh } from './verify-ssh.ts'

/** A signature and the bytes that it is about. */
export interface GitSigned {
  /** Armored. */
  readonly signature: string
  readonly payload: Uint8Array
}

/** Whom to trust. */
export interface GitKeys {
  /** Armored key rings. */
  readonly openPgp: readonly string[]
  /** Texts in the form of authorized_keys. */
  readonly ssh: readonly string[]
}

/**
 * Verifies the signature of a commit or a tag and answers whose it is: the id of the OpenPGP primary key (16 hexadecimal digits,
 * upper case), or the fingerprint of the SSH key (`SHA256:…`). Absent `signed` is an unsigned object. Throws VerifyError, in Flux's
 * words.
 */
export async function verifyGitObject(
  what: 'commit' | 'tag',
  signed: GitSigned | undefined,
  keys: GitKeys,
  now: Date,
): Promise<string> {
  const { signature = '', payload = new Uint8Array() } = signed ?? {}
  const kind = gitSignatureKind(signature)
  switch (kind) {
    case 'openpgp':
      if (keys.openPgp.length === 0) throw noKeys('PGP', '.asc')
      return within(`unable to verify Git ${what}`, () => verifyOpenPgp(signature, payload, keys.openPgp, now))
    case 'ssh':
      if (keys.ssh.length === 0) throw noKeys('SSH', '.sshpub')
      return within(`unable to verify Git ${what} SSH signature`, () => verifySsh(signature, payload, keys.ssh))
    case 'x509':
    case 'empty':
    case 'unknown':
      break
  }
  throw new VerifyError('NoSignature', `unsupported signature type: ${kind}`)
}

async function within(what: string, verify: () => string | Promise<string>): Promise<string> {
  try {
    return await verify()
  } catch (cause) {
    throw new VerifyError(cause instanceof VerifyError ? cause.code : 'Unverified', what, { cause })
  }
}

function noKeys(name: string, suffix: string): VerifyError {
  return new VerifyError(
    'InvalidKey',
    `${name} signature detected but no ${name} public keys found in secret (keys with ${suffix} suffix)`,
  )
}
