// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto'
import { CliError } from '../errors.ts'

const curves: Readonly<Record<string, string>> = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }

/** A public key as a line of an authorized_keys file, as deploy keys are entered; it ends with a line break. Throws UsageInvalid. */
export function toAuthorizedKey(key: KeyObject): string {
  const blob = toWireFormat(key)
  return authorizedKeyLine(blob)
}

/** The same of a key that is in SSH's wire format already. */
export function authorizedKeyLine(blob: Buffer): string {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
  return `${type} ${blob.toString('base64')}\n`
}

function toWireFormat(key: KeyObject): Buffer {
  const { kty, crv = '', x = '', y = '', e = '', n = '' } = key.export({ format: 'jwk' })
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
  if (kty === 'RSA') return fields(Buffer.from('ssh-rsa'), integer(bytes(e)), integer(bytes(n)))
  if (crv === 'Ed25519') return fields(Buffer.from('ssh-ed25519'), bytes(x))
  const curve = curves[crv]
  if (kty !== 'EC' || curve === undefined)
    throw new CliError('UsageInvalid', `a ${crv || kty} key is of no use for SSH: take RSA, ECDSA or Ed25519`)
  const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)])
  return fields(Buffer.from(`ecdsa-sha2-${curve}`), Buffer.from(curve), point)
}

function fields(...values: readonly Buffer[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(value.length)
      return [length, value]
    }),
  )
}

/** RFC 4251: a number whose first bit is set has a zero byte in front. */
function integer(value: Buffer): Buffer {
  return ((value[0] ?? 0) & 0x80) === 0 ? value : Buffer.concat([Buffer.from([0]), value])
}
