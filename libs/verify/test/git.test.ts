// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { verifyGitObject } from '../src/index.ts'
import type { GitKeys } from '../src/index.ts'
import { keyNamed, signedNamed } from './git-vectors.ts'

const now = new Date('2023-11-15T00:00:00Z')
const later = new Date('2024-03-01T00:00:00Z')
const keysOf = (...names: string[]): GitKeys => ({
  openPgp: names.filter((name) => name.endsWith('.asc')).map(keyNamed),
  ssh: names.filter((name) => name.endsWith('.sshpub')).map(keyNamed),
})

async function problemOf(verifying: Promise<string>): Promise<string> {
  return verifying.then(
    (signer) => `verified by ${signer}`,
    (error: unknown) => errorMessage(error),
  )
}

describe('OpenPGP', () => {
  it.each([
    ['gpg-rsa', 'rsa.asc'],
    ['gpg-curve', 'curve.asc'],
    ['gpg-p256', 'p256.asc'],
    ['gpg-expired', 'expired.asc'],
    ['gpg-revoked', 'revoked.asc'],
  ])('takes %s by its key', async (name, key) => {
    expect(await verifyGitObject('commit', signedNamed(name), keysOf(key), now)).toMatch(/^[0-9A-F]{16}$/)
  })

  it.each([
    ['gpg-rsa', 'rsa.asc', 'F45873E672C404B8'],
    ['gpg-curve', 'curve.asc', '799F0AF49FE111FF'],
    ['ssh-ecdsa521', 'ecdsa521.sshpub', 'SHA256:CgO02OVry/mC5lLyTw7w2hpBtp2OG5qSyztt+0Ziqq0'],
    ['ssh-rsa', 'rsa.sshpub', 'SHA256:q2HkgoxPJSyWiLBwP+YAHMnqtUy1doIRcX9FsKm7wuI'],
  ])('names the key of %s as the libraries of Flux do', async (name, key, signer) => {
    expect(await verifyGitObject('commit', signedNamed(name), keysOf(key), now)).toBe(signer)
  })

  it('takes a tag, and names the key', async () => {
    const signer = await verifyGitObject('tag', signedNamed('tag-gpg'), keysOf('rsa.asc'), now)
    expect(signer).toBe(await verifyGitObject('commit', signedNamed('gpg-rsa'), keysOf('rsa.asc'), now))
  })

  it('looks through all rings, and all blocks of one', async () => {
    const signed = signedNamed('gpg-rsa')
    const signer = await verifyGitObject('commit', signed, keysOf('rsa.asc'), now)
    expect(await verifyGitObject('commit', signed, keysOf('stranger.asc', 'p256.asc', 'rsa.asc'), now)).toBe(signer)
    expect(await verifyGitObject('commit', signed, keysOf('both.asc'), now)).toBe(signer)
    expect(await verifyGitObject('commit', signed, { openPgp: ['no key', keyNamed('rsa.asc')], ssh: [] }, now)).toBe(
      signer,
    )
  })

  const noMatch =
    'unable to verify Git commit: unable to verify payload with any of the given key rings: no matching key'
  it.each([
    ['by somebody else', 'gpg-rsa', ['stranger.asc'], now, noMatch],
    ['by a key that has expired', 'gpg-expired', ['expired.asc'], later, /expired/],
    ['by a key that was revoked', 'gpg-revoked', ['revoked-now.asc'], now, /revoked/],
    ['that has expired', 'gpg-short', ['rsa.asc'], later, /expired/],
    ['over SHA-1', 'gpg-sha1', ['rsa.asc'], now, /SHA1/],
    ['of a DSA key', 'gpg-dsa', ['dsa.asc'], now, /dsa/i],
    [
      'without keys',
      'gpg-rsa',
      ['ed25519.sshpub'],
      now,
      'PGP signature detected but no PGP public keys found in secret (keys with .asc suffix)',
    ],
  ])('refuses a signature %s', async (_what, name, keys, at, message) => {
    const problem = await problemOf(verifyGitObject('commit', signedNamed(name), keysOf(...keys), at))
    expect(problem).toMatch(message)
  })

  it('takes a signature with a term while it lasts', async () => {
    expect(await verifyGitObject('commit', signedNamed('gpg-short'), keysOf('rsa.asc'), now)).toMatch(/^[0-9A-F]{16}$/)
  })

  it('says what is wrong with keys when none can be read', async () => {
    const verifying = verifyGitObject('commit', signedNamed('gpg-rsa'), { openPgp: ['nothing'], ssh: [] }, now)
    expect(await problemOf(verifying)).toBe(
      'unable to verify Git commit: unable to read armored key ring: no armored data found',
    )
  })
})

describe('SSH', () => {
  it.each(['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa'])('takes a signature by %s', async (name) => {
    const keys = keysOf('stranger.sshpub', `${name}.sshpub`)
    expect(await verifyGitObject('commit', signedNamed(`ssh-${name}`), keys, now)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  })

  it('takes SHA-256 over the payload, and tags', async () => {
    const keys = keysOf('ed25519.sshpub')
    const signer = await verifyGitObject('commit', signedNamed('ssh-sha256'), keys, now)
    expect(await verifyGitObject('tag', signedNamed('tag-ssh'), keys, now)).toBe(signer)
  })

  const begin =
    'unable to verify Git commit SSH signature: unable to verify payload with any of the given authorized keys: no matching key\n'
  it.each([
    ['by somebody else', 'ssh-ed25519', ['stranger.sshpub'], `${begin}public key does not match`],
    ['for another purpose', 'ssh-namespace', ['ed25519.sshpub'], `${begin}namespace does not match`],
    [
      'without keys',
      'ssh-rsa',
      ['rsa.asc'],
      'SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)',
    ],
  ])('refuses a signature %s', async (_what, name, keys, message) => {
    expect(await problemOf(verifyGitObject('commit', signedNamed(name), keysOf(...keys), now))).toBe(message)
  })

  it('says what is wrong with keys when none can be read', async () => {
    const verifying = verifyGitObject('commit', signedNamed('ssh-rsa'), { openPgp: [], ssh: ['ssh-rsa nothing'] }, now)
    expect(await problemOf(verifying)).toBe(
      'unable to verify Git commit SSH signature: unable to parse authorized keys: unable to parse authorized key: ssh: no key found',
    )
  })
})

describe('whatever signed it', () => {
  const names = ['gpg-rsa', 'gpg-curve', 'ssh-ed25519', 'ssh-ecdsa384', 'ssh-rsa']
  const all = keysOf('rsa.asc', 'curve.asc', 'ed25519.sshpub', 'ecdsa384.sshpub', 'rsa.sshpub')

  it.each(names)('%s is refused when the payload is another', async (name) => {
    const { signature, payload } = signedNamed(name)
    const changed = Buffer.from(payload)
    changed[5]! ^= 1
    for (const other of [changed, payload.subarray(1), Buffer.concat([payload, Buffer.from('\n')])]) {
      const problem = await problemOf(verifyGitObject('commit', { signature, payload: other }, all, now))
      expect(problem).toMatch(/no matching key/)
    }
  })

  it('an object without a signature, or with one of another kind, is refused', async () => {
    const payload = Buffer.from('x')
    const kindOf = (signature: string) => problemOf(verifyGitObject('commit', { signature, payload }, all, now))
    expect(await problemOf(verifyGitObject('tag', undefined, all, now))).toBe('unsupported signature type: empty')
    expect(await kindOf('-----BEGIN SIGNED MESSAGE-----\n')).toBe('unsupported signature type: x509')
    expect(await kindOf('-----BEGIN PGP MESSAGE-----\n')).toBe('unsupported signature type: unknown')
  })
})
