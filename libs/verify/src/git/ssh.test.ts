// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { hasCode } from '@tidelock/errors'
import { parseAuthorizedKeys } from './authorized-keys.ts'
import { parseSshKey, sshFingerprint } from './ssh-key.ts'
import { parseSshSignature } from './ssh-signature.ts'
import { verifySsh } from './verify-ssh.ts'
import { wireString } from './wire-reader.ts'

const payload = Buffer.from('tree 1\n\nmessage\n')
const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()
const armor = (blob: Buffer): string =>
  `-----BEGIN SSH SIGNATURE-----\n${blob.toString('base64')}\n-----END SSH SIGNATURE-----\n`

/** An Ed25519 key in the place of a security token, and what such a token makes: nobody has one at hand in a test. */
function token(application = 'ssh:') {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const type = 'sk-ssh-ed25519@openssh.com'
  const blob = Buffer.concat([wireString(type), wireString(point), wireString(application)])
  const signed = (data: Buffer, flags = Buffer.from([1, 0, 0, 0, 7])): Buffer => {
    const text = Buffer.concat([sha256(Buffer.from(application)), flags, sha256(data)])
    return Buffer.concat([wireString(type), wireString(sign(null, text, privateKey)), flags])
  }
  return { line: `${type} ${blob.toString('base64')} ada@example.com`, blob, signed }
}

function envelope(key: Buffer, inner: Buffer, { namespace = 'git', hash = 'sha256', reserved = '', version = 1 } = {}) {
  const parts = [wireString(key), wireString(namespace), wireString(reserved), wireString(hash), wireString(inner)]
  return Buffer.concat([Buffer.from('SSHSIG'), Buffer.from([0, 0, 0, version]), ...parts])
}

function dataToSign(namespace = 'git', reserved = ''): Buffer {
  const parts = [namespace, reserved, 'sha256'].map((text) => wireString(text))
  return Buffer.concat([Buffer.from('SSHSIG'), ...parts, wireString(sha256(payload))])
}

describe('a key in a security token', () => {
  it('verifies what it signed', () => {
    const { line, blob, signed } = token()
    const signature = armor(envelope(blob, signed(dataToSign())))
    expect(verifySsh(signature, payload, [line])).toBe(sshFingerprint({ blob }))
    expect(() => verifySsh(signature, Buffer.from('other'), [line])).toThrow('no matching key')
  })

  it('needs flags and counter as they were signed', () => {
    const { line, blob, signed } = token()
    const inner = signed(dataToSign())
    inner[inner.length - 1]! ^= 1
    expect(() => verifySsh(armor(envelope(blob, inner)), payload, [line])).toThrow('ssh: signature did not verify')
    const short = inner.subarray(0, inner.length - 1)
    expect(() => verifySsh(armor(envelope(blob, short)), payload, [line])).toThrow('cut short')
  })
})

describe('parseSshSignature', () => {
  const { blob, signed } = token()
  const good = envelope(blob, signed(dataToSign()))

  it.each([
    ['another version', envelope(blob, signed(dataToSign()), { version: 2 }), 'unknown version 2'],
    ['an unknown key', envelope(Buffer.concat([wireString('ssh-x'), wireString('')]), Buffer.alloc(8)), 'unknown key'],
    ['a DSA key', envelope(Buffer.concat([wireString('ssh-dss'), wireString('')]), Buffer.alloc(8)), 'unknown key'],
    ['something behind it', Buffer.concat([good, Buffer.from('x')]), 'goes on after its end'],
    ['another magic', Buffer.concat([Buffer.from('SSHSIX'), good.subarray(6)]), 'no SSHSIG'],
  ])('refuses %s', (_what, bytes, message) => {
    let problem: unknown
    try {
      parseSshSignature(armor(bytes))
    } catch (error) {
      problem = error
    }
    expect((problem as Error).message).toBe('unable to unarmor SSH signature')
    expect(((problem as Error).cause as Error).message).toContain(message)
  })

  it('refuses text around the armor, two signatures and endless ones', () => {
    const text = armor(good)
    for (const bad of [`x${text}`, `${text}x`, text + text, text.replace('U', '!'), armor(Buffer.alloc(70_000))])
      expect(() => parseSshSignature(bad)).toThrow('unable to unarmor SSH signature')
  })

  it('throws nothing but its own errors, whatever it is given', () => {
    const noise = fc.uint8Array({ maxLength: 200 })
    const property = fc.property(noise, fc.nat(good.length), fc.nat(good.length), (any, from, length) => {
      const mixed = Buffer.concat([good.subarray(0, from), any, good.subarray(from + length)])
      const begun = Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01'), any])
      return [mixed, Buffer.from(any), begun].every((bytes) => isFine(() => parseSshSignature(armor(bytes))))
    })
    expect(fc.check(property)).toMatchObject({ failed: false })
  })

  it('a signature with any byte changed is not taken for another', () => {
    const { line, blob: key, signed: by } = token()
    const whole = envelope(key, by(dataToSign()))
    const property = fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(whole)
      changed[at]! ^= change
      return isFine(() => {
        verifySsh(armor(changed), payload, [line])
        throw new Error('it was taken')
      })
    })
    expect(fc.check(property)).toMatchObject({ failed: false })
  })
})

describe('parseAuthorizedKeys', () => {
  const { line, blob } = token()

  it('reads comments, options and several keys', () => {
    const text = [
      '# trusted',
      '',
      `  ${line}\r`,
      `no-pty,command="echo \\"a b\\" c",environment="A=b" ${line}`,
      line.split(' ').slice(0, 2).join('\t'),
    ].join('\n')
    expect(parseAuthorizedKeys(text).map((key) => key.blob)).toEqual([blob, blob, blob])
  })

  it.each([
    ['is no key', 'hello'],
    ['has no type', blob.toString('base64')],
    ['is named otherwise', `ssh-ed25519 ${blob.toString('base64')}`],
    ['is cut', line.slice(0, 60)],
    [
      'is a certificate',
      `ssh-ed25519-cert-v01@openssh.com ${wireString('ssh-ed25519-cert-v01@openssh.com').toString('base64')}AAAA`,
    ],
  ])('refuses a line that %s, and all beside it', (_what, bad) => {
    expect(() => parseAuthorizedKeys(`${line}\n${bad}`)).toThrow('unable to parse authorized key')
  })

  it('throws nothing but its own errors, whatever it is given', () => {
    const words = fc.constantFrom('ssh-rsa', 'ssh-ed25519', 'A'.repeat(20), '"', '\\"', ' ', '\t', '\n', '#', line, '=')
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join('')),
    )
    const readsText = fc.property(text, (any) => isFine(() => parseAuthorizedKeys(any)))
    const bytes = fc.uint8Array({ maxLength: 64 })
    const readsBytes = fc.property(bytes, (any) => isFine(() => parseSshKey(Buffer.from(any))))
    expect([fc.check(readsText), fc.check(readsBytes)]).toMatchObject([{ failed: false }, { failed: false }])
  })
})

/** Whether it ends well or with an error of its own. */
function isFine(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch (error) {
    return hasCode(error, 'InvalidKey') || hasCode(error, 'Unverified')
  }
}
