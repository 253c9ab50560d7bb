// SPDX-License-Identifier: Apache-2.0
// Makes testdata/git-signatures.json with the real git, gpg and ssh-keygen: node libs/verify/test/make-git-vectors.ts
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const home = mkdtempSync(join(tmpdir(), 'git-vectors-'))
const gnupg = join(home, 'gnupg')
mkdirSync(gnupg, { mode: 0o700 })
const env = {
  PATH: process.env['PATH'],
  HOME: home,
  GNUPGHOME: gnupg,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_DATE: '1700000000 +0000',
}
const run = (program: string, args: readonly string[], input?: string | Buffer): string =>
  execFileSync(program, args, { env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] })
const repository = join(home, 'repository')
const git = (...args: string[]): string => run('git', ['-C', repository, ...args]).trim()
const keys: Record<string, string> = {}
const objects: { name: string; type: string; raw: string }[] = []

/** 2023-11-14, when everything is signed unless said otherwise. */
const signedAt = '20231114T220000'
const gpg = (args: readonly string[], at = signedAt): string =>
  run('gpg', [
    '--batch',
    '--quiet',
    '--no-tty',
    '--pinentry-mode=loopback',
    '--passphrase=',
    `--faked-system-time=${at}`,
    ...args,
  ])

function gpgKey(name: string, parameters: string, at?: string): string {
  const file = join(home, `${name}.parameters`)
  writeFileSync(file, `%no-protection\n${parameters}\nName-Real: ${name}\nName-Email: ${name}@example.com\n%commit\n`)
  gpg(['--generate-key', file], at)
  const listing = gpg(['--with-colons', '--list-keys', `${name}@example.com`], at)
  keys[`${name}.asc`] = gpg(['--armor', '--export', `${name}@example.com`], at)
  return /^fpr:+([0-9A-F]{40}):/m.exec(listing)![1]!
}

function signer(name: string, ...options: string[]): string {
  const file = join(home, `gpg-${name}`)
  const all = ['--batch', '--no-tty', '--pinentry-mode=loopback', '--passphrase=', ...options].join(' ')
  writeFileSync(file, `#!/bin/sh\nexec gpg ${all} "$@"\n`)
  chmodSync(file, 0o700)
  return file
}

function record(name: string, type: 'commit' | 'tag', revision: string): void {
  const raw = execFileSync('git', ['-C', repository, 'cat-file', type, revision], { env })
  objects.push({ name, type, raw: raw.toString('base64') })
}

function commit(name: string, settings: readonly string[]): void {
  const flags = settings.flatMap((setting) => ['-c', setting])
  git(...flags, 'commit', '--quiet', '--allow-empty', '--amend', '-S', '-m', `signed as ${name}`)
  record(name, 'commit', 'HEAD')
}

try {
  mkdirSync(repository)
  git('init', '--quiet', '--initial-branch=main')
  writeFileSync(join(repository, 'a.txt'), '1')
  git('add', 'a.txt')
  git('commit', '--quiet', '-m', 'not signed')
  record('unsigned', 'commit', 'HEAD')
  makeOpenPgp()
  makeSsh()
  makeTags()
  const out = new URL('../testdata/git-signatures.json', import.meta.url)
  writeFileSync(out, `${JSON.stringify({ keys, objects }, null, 1)}\n`)
} finally {
  execFileSync('gpgconf', ['--kill', 'all'], { env })
  rmSync(home, { recursive: true, force: true })
}

function makeOpenPgp(): void {
  const rsa = gpgKey('rsa', 'Key-Type: RSA\nKey-Length: 3072\nKey-Usage: sign')
  const curve = gpgKey(
    'curve',
    'Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: cert\nSubkey-Type: EDDSA\nSubkey-Curve: ed25519\nSubkey-Usage: sign',
  )
  const p256 = gpgKey('p256', 'Key-Type: ECDSA\nKey-Curve: NIST P-256\nKey-Usage: sign')
  const dsa = gpgKey('dsa', 'Key-Type: DSA\nKey-Length: 2048\nKey-Usage: sign')
  const expired = gpgKey('expired', 'Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign\nExpire-Date: 10d')
  const revoked = gpgKey('revoked', 'Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign')
  gpgKey('stranger', 'Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign')
  const plain = signer('plain', `--faked-system-time=${signedAt}`)
  for (const [name, id] of Object.entries({ rsa, curve, p256, dsa, expired, revoked }))
    commit(`gpg-${name}`, [`gpg.program=${plain}`, `user.signingKey=${id}`])
  const sha1 = signer('sha1', `--faked-system-time=${signedAt}`, '--digest-algo=SHA1', '--allow-weak-digest-algos')
  commit('gpg-sha1', [`gpg.program=${sha1}`, `user.signingKey=${rsa}`])
  const short = signer('short', `--faked-system-time=${signedAt}`, '--default-sig-expire=1d', '--force-v4-certs')
  commit('gpg-short', [`gpg.program=${short}`, `user.signingKey=${rsa}`])
  const certificate = join(gnupg, 'openpgp-revocs.d', `${revoked}.rev`)
  gpg(['--import'].concat(writeRevocation(certificate)))
  keys['revoked-now.asc'] = gpg(['--armor', '--export', revoked])
  keys['both.asc'] = `${keys['stranger.asc']}\n${keys['rsa.asc']}`
}

/** gpg keeps a ready revocation, disarmed by a colon. */
function writeRevocation(path: string): string {
  const file = join(home, 'revocation.asc')
  writeFileSync(file, readFileSync(path, 'utf8').replace(/^:-----/m, '-----'))
  return file
}

function makeSsh(): void {
  for (const [name, ...args] of [
    ['ed25519', '-t', 'ed25519'],
    ['ecdsa256', '-t', 'ecdsa', '-b', '256'],
    ['ecdsa384', '-t', 'ecdsa', '-b', '384'],
    ['ecdsa521', '-t', 'ecdsa', '-b', '521'],
    ['rsa', '-t', 'rsa', '-b', '3072'],
    ['stranger', '-t', 'ed25519'],
  ] as const) {
    const file = join(home, `ssh-${name}`)
    run('ssh-keygen', ['-q', '-N', '', '-C', `${name}@example.com`, '-f', file, ...args])
    keys[`${name}.sshpub`] = readFileSync(`${file}.pub`, 'utf8')
    if (name !== 'stranger') commit(`ssh-${name}`, ['gpg.format=ssh', `user.signingKey=${file}`])
  }
  const raw = run('git', ['-C', repository, 'cat-file', 'commit', 'HEAD'])
  const payload = raw.replace(/^gpgsig .*\n( .*\n)*/m, '')
  for (const [name, namespace, hash] of [
    ['ssh-sha256', 'git', 'sha256'],
    ['ssh-namespace', 'file', 'sha512'],
  ] as const) {
    const file = join(home, 'payload')
    writeFileSync(file, payload)
    rmSync(`${file}.sig`, { force: true })
    run('ssh-keygen', [
      '-q',
      '-Y',
      'sign',
      '-f',
      join(home, 'ssh-ed25519'),
      '-n',
      namespace,
      '-O',
      `hashalg=${hash}`,
      file,
    ])
    const header = readFileSync(`${file}.sig`, 'utf8').trimEnd().replaceAll('\n', '\n ')
    const signed = payload.replace('\n\n', `\ngpgsig ${header}\n\n`)
    objects.push({ name, type: 'commit', raw: Buffer.from(signed).toString('base64') })
  }
}

function makeTags(): void {
  const plain = signer('tag', `--faked-system-time=${signedAt}`)
  git('-c', `gpg.program=${plain}`, 'tag', '-s', '-u', 'rsa@example.com', '-m', 'signed by gpg', 'tag-gpg')
  git(
    '-c',
    'gpg.format=ssh',
    '-c',
    `user.signingKey=${join(home, 'ssh-ed25519')}`,
    'tag',
    '-s',
    '-m',
    'signed by ssh',
    'tag-ssh',
  )
  git('tag', '-a', '-m', 'not signed', 'tag-unsigned')
  for (const name of ['tag-gpg', 'tag-ssh', 'tag-unsigned']) record(name, 'tag', name)
  record('tagged', 'commit', 'HEAD')
}
