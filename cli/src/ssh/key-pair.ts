// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { errorMessage } from '@tidelock/errors'
import { CliError } from '../errors.ts'
import { readOpenSshKey } from './open-ssh-key.ts'
import { authorizedKeyLine, toAuthorizedKey } from './public-key.ts'

/** What kind of key is made. */
export interface KeyChoice {
  readonly algorithm: 'rsa' | 'ecdsa' | 'ed25519'
  readonly rsaBits: number
  readonly ecdsaCurve: 'p256' | 'p384' | 'p521'
}

/** A private key as text of a file, and its public key as a line for the server. */
export interface KeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

const generate = promisify(generateKeyPair)

/** Makes a key pair; the private key is in PKCS#8, as flux writes it. */
export async function createKeyPair({ algorithm, rsaBits, ecdsaCurve }: KeyChoice): Promise<KeyPair> {
  const pair =
    algorithm === 'rsa'
      ? await generate('rsa', { modulusLength: rsaBits })
      : algorithm === 'ecdsa'
        ? await generate('ec', { namedCurve: ecdsaCurve.replace('p', 'P-') })
        : await generate('ed25519')
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
  return { privateKey, publicKey: toAuthorizedKey(pair.publicKey) }
}

/**
 * The pair of a private key in a file: OpenSSH's format, PKCS#1, PKCS#8 or SEC 1, perhaps with a passphrase. Throws UsageInvalid.
 * The passphrase of a key in OpenSSH's own format must be there but is not tried.
 */
export function readKeyPair(privateKey: string, passphrase: string): KeyPair {
  if (privateKey.includes('BEGIN OPENSSH PRIVATE KEY')) {
    const { publicKey, isEncrypted } = readOpenSshKey(privateKey)
    if (isEncrypted && passphrase === '') throw locked()
    return { privateKey, publicKey: authorizedKeyLine(publicKey) }
  }
  if (passphrase === '' && /ENCRYPTED/.test(privateKey)) throw locked()
  try {
    const key = createPrivateKey({ key: privateKey, ...(passphrase === '' ? {} : { passphrase }) })
    return { privateKey, publicKey: toAuthorizedKey(createPublicKey(key)) }
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('UsageInvalid', `--private-key-file: the key cannot be read: ${errorMessage(cause)}`)
  }
}

function locked(): CliError {
  return new CliError('UsageInvalid', '--private-key-file: the key has a passphrase: give it with --password')
}
