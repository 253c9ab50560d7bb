// SPDX-License-Identifier: Apache-2.0
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { errorMessage, hasCode } from '@tidelock/errors'
import { CliError } from '../errors.ts'
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

/** The pair of a private key in a file: OpenSSH's format or PEM, perhaps with a passphrase. Throws UsageInvalid. */
export async function readKeyPair(privateKey: string, passphrase: string): Promise<KeyPair> {
  const { parseIdentity } = await import('@tidelock/git')
  try {
    const { key } = parseIdentity(privateKey, passphrase)
    return { privateKey, publicKey: authorizedKeyLine(key.getPublicSSH()) }
  } catch (cause) {
    const why = hasCode(cause, 'PassphraseMissing')
      ? 'it has a passphrase: give it with --password'
      : errorMessage(cause)
    throw new CliError('UsageInvalid', `--private-key-file: the key cannot be read: ${why}`)
  }
}
