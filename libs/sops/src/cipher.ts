// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from 'node:buffer'
import { createDecipheriv } from 'node:crypto'
import { SopsError } from './errors.ts'
import { Comment, RawText, Timestamp } from './tree.ts'
import type { Leaf } from './tree.ts'

const form = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z0-9]+)\]/

const tagBytes = 16
const cipherByKeyBytes: Readonly<Record<number, 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'>> = {
  16: 'aes-128-gcm',
  24: 'aes-192-gcm',
  32: 'aes-256-gcm',
}

/**
 * The value in an `ENC[…]` text; the empty text is its own. `additionalData` is the path of the value, each component followed by a
 * colon. Throws `ValueRefused`.
 */
export function decryptValue(text: string, dataKey: Uint8Array, additionalData: string): Leaf {
  if (text === '') return ''
  const match = form.exec(text)
  if (match === null) throw refused(additionalData, "is not in SOPS' format")
  const [, data = '', iv = '', tag = '', type = ''] = match
  const plain = open({ data, iv, tag }, dataKey, additionalData)
  return toLeaf(type, plain, additionalData)
}

interface Sealed {
  readonly data: string
  readonly iv: string
  readonly tag: string
}

function open(sealed: Sealed, dataKey: Uint8Array, additionalData: string): Buffer {
  const algorithm = cipherByKeyBytes[dataKey.length]
  if (algorithm === undefined) throw new SopsError('KeyUnavailable', `the data key has ${dataKey.length} bytes, not 32`)
  const tag = Buffer.from(sealed.tag, 'base64')
  if (tag.length !== tagBytes) throw refused(additionalData, "is not in SOPS' format")
  try {
    const decipher = createDecipheriv(algorithm, dataKey, Buffer.from(sealed.iv, 'base64'), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(additionalData))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()])
  } catch {
    throw refused(
      additionalData,
      'does not authenticate: it was altered, moved to another key, or encrypted with another data key',
    )
  }
}

function toLeaf(type: string, plain: Buffer, additionalData: string): Leaf {
  const text = plain.toString('utf8')
  switch (type) {
    case 'str':
      return isUtf8(plain) ? text : new RawText(plain)
    case 'bytes':
      return plain
    case 'comment':
      return new Comment(text)
    case 'time':
      return new Timestamp(text)
    case 'int':
      if (/^[+-]?\d{1,19}$/.test(text)) return BigInt(text.replace('+', ''))
      break
    case 'float':
      return toFloat(text, additionalData)
    case 'bool':
      if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
      if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false
      break
    default:
      throw refused(additionalData, `has the type '${type}', which is none of SOPS`)
  }
  throw refused(additionalData, `is no ${type}`)
}

function toFloat(text: string, additionalData: string): number {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return NaN
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN
  if (!Number.isFinite(value)) throw refused(additionalData, 'is no float')
  return value
}

function refused(additionalData: string, problem: string): SopsError {
  const path = additionalData.slice(0, -1)
  return new SopsError('ValueRefused', `the value at '${path}' ${problem}`, { details: { path } })
}
