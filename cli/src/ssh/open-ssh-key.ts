// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../errors.ts'

const magic = Buffer.from('openssh-key-v1\0')

/** What can be read of a private key in OpenSSH's format without its passphrase. Throws UsageInvalid. */
export function readOpenSshKey(text: string): { readonly publicKey: Buffer; readonly isEncrypted: boolean } {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1] ?? ''
  const bytes = Buffer.from(body, 'base64')
  try {
    if (!bytes.subarray(0, magic.length).equals(magic)) throw new RangeError('no magic')
    let at = magic.length
    const field = (): Buffer => {
      const length = bytes.readUInt32BE(at)
      if (at + 4 + length > bytes.length) throw new RangeError('cut off')
      const value = bytes.subarray(at + 4, at + 4 + length)
      at += 4 + length
      return value
    }
    const cipher = field().toString('latin1')
    // its key derivation, and its parameters
    field()
    field()
    if (bytes.readUInt32BE(at) !== 1) throw new RangeError('not one key')
    at += 4
    const publicKey = field()
    publicKey.readUInt32BE(0)
    return { publicKey, isEncrypted: cipher !== 'none' }
  } catch (cause) {
    throw new CliError('UsageInvalid', '--private-key-file: it is no whole private key of OpenSSH', { cause })
  }
}
