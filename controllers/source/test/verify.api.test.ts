// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GitRepository, GitRepositoryRef } from '@tidelock/api'
import { runGit } from '@tidelock/local-cluster'
import { downloadArtifact } from './artifact-content.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

type Mode = NonNullable<NonNullable<GitRepository['spec']['verify']>['mode']>

// made by the real git, gpg and ssh-keygen, see libs/verify/test/make-git-vectors.ts
const vectors = JSON.parse(
  readFileSync(new URL('../../../libs/verify/testdata/git-signatures.json', import.meta.url), 'utf8'),
) as { keys: Record<string, string>; objects: { name: string; type: string; raw: string }[] }
const keys = vectors.keys
/** Ids of the vectors by name. */
const ids: Record<string, string> = {}

let scene: Scene
let repo: UpstreamRepository
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--concurrent=8'] })
  repo = await scene.git.create('app', { 'a.txt': '1' })
  for (const { name, type, raw } of vectors.objects) {
    ids[name] = await runGit(repo.gitDir, ['hash-object', '-t', type, '-w', '--stdin'], {
      input: Buffer.from(raw, 'base64'),
    })
    await repo.git('update-ref', `refs/${type === 'tag' ? 'tags' : 'heads'}/${name}`, ids[name])
  }
  await repo.git('update-ref', 'refs/tags/v2.0.0', ids['tag-gpg']!)
  await repo.git('update-ref', 'refs/tags/light', ids['gpg-rsa']!)
})
afterAll(() => scene[Symbol.asyncDispose]())

async function secret(name: string, data: Record<string, string>): Promise<void> {
  await scene.client.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: scene.namespace },
    stringData: data,
  })
}

async function create(name: string, ref: GitRepositoryRef, mode: Mode, trusted: readonly string[]): Promise<void> {
  await secret(name, Object.fromEntries(trusted.map((key) => [key, keys[key]!])))
  await scene.create(name, { url: repo.url, ref, verify: { mode, secretRef: { name } } })
}

const keyPattern = "'([0-9A-F]{16}|SHA256:[A-Za-z0-9+/]{43})'"

type Case<Rest extends readonly unknown[]> = readonly [string, GitRepositoryRef, Mode, readonly string[], ...Rest]

/** All at once: one after the other would take as many times as long. */
async function createAll(cases: readonly Case<readonly unknown[]>[]): Promise<void> {
  await Promise.all(cases.map(([name, ref, mode, trusted]) => create(name, ref, mode, trusted)))
}

describe('a signature that is trusted', () => {
  const commit = (name: string) => `commit '${ids[name]}' with key ${keyPattern}`
  const tag = (name: string) => `tag '${name}@${ids[name]}' with key ${keyPattern}`
  const cases: Case<readonly [string, () => string[]]>[] = [
    ['of-a-commit', { branch: 'gpg-curve' }, 'HEAD', ['curve.asc'], 'HEAD', () => [commit('gpg-curve')]],
    [
      'of-a-commit-by-ssh',
      { branch: 'ssh-ed25519' },
      'head',
      ['ed25519.sshpub'],
      'HEAD',
      () => [commit('ssh-ed25519')],
    ],
    ['of-a-tag', { tag: 'tag-ssh' }, 'Tag', ['ed25519.sshpub', 'rsa.asc'], 'Tag', () => [tag('tag-ssh')]],
    ['of-a-tag-by-name', { name: 'refs/tags/tag-gpg' }, 'Tag', ['rsa.asc'], 'Tag', () => [tag('tag-gpg')]],
    [
      'of-a-version-and-its-commit',
      { semver: '2.x' },
      'TagAndHEAD',
      ['rsa.asc', 'rsa.sshpub'],
      'TagAndHEAD',
      () => [tag('tag-gpg'), commit('tagged')],
    ],
  ]
  beforeAll(() => createAll(cases))

  it.each(cases)('%s lets the artifact be published', async (name, _ref, _mode, _trusted, noted, lines) => {
    const obj = await scene.untilReady(name)
    const [status, reason, message] = conditionsOf(obj)['SourceVerified']!
    expect([status, reason]).toEqual(['True', 'Succeeded'])
    expect(message).toMatch(new RegExp(`^${['verified signature of', ...lines()].join('\n\t- ')}$`))
    expect(obj.status?.sourceVerificationMode).toBe(noted)
    expect(await downloadArtifact(artifactOf(obj))).toEqual({ 'a.txt': '1' })
    expect(await scene.untilEvent(name, 'Succeeded')).toMatchObject({ type: 'Normal', message })
    expect(scene.receiver.of(name).map((event) => event.reason)).not.toContain('Succeeded')
  })

  it('is asked for under any other key of the Secret, as OpenPGP', async () => {
    await secret('other-key', { 'trusted-people': keys['rsa.asc']! })
    await scene.create('other-key', {
      url: repo.url,
      ref: { branch: 'gpg-rsa' },
      verify: { secretRef: { name: 'other-key' } },
    })
    expect((await scene.untilReady('other-key')).status?.sourceVerificationMode).toBe('HEAD')
  })
})

describe('nothing is published from', () => {
  const cases: Case<readonly [string, () => string]>[] = [
    [
      'a-stranger',
      { branch: 'gpg-rsa' },
      'HEAD',
      ['stranger.asc'],
      'InvalidCommitSignature',
      () =>
        `signature verification of commit '${ids['gpg-rsa']}' failed: unable to verify Git commit: unable to verify payload with any of the given key rings: no matching key`,
    ],
    ['an-expired-key', { branch: 'gpg-expired' }, 'HEAD', ['expired.asc'], 'InvalidCommitSignature', () => 'expired'],
    [
      'a-revoked-key',
      { branch: 'gpg-revoked' },
      'HEAD',
      ['revoked-now.asc'],
      'InvalidCommitSignature',
      () => 'revoked',
    ],
    [
      'another-namespace',
      { branch: 'ssh-namespace' },
      'HEAD',
      ['ed25519.sshpub'],
      'InvalidCommitSignature',
      () => 'namespace does not match',
    ],
    [
      'an-unsigned-commit',
      { branch: 'unsigned' },
      'HEAD',
      ['rsa.asc'],
      'InvalidCommitSignature',
      () => `signature verification of commit '${ids['unsigned']}' failed: unsupported signature type: empty`,
    ],
    [
      'keys-of-another-kind',
      { branch: 'ssh-rsa' },
      'HEAD',
      ['rsa.asc'],
      'InvalidCommitSignature',
      () => 'SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)',
    ],
    [
      'an-unsigned-tag',
      { tag: 'tag-unsigned' },
      'Tag',
      ['rsa.asc'],
      'InvalidGitObject',
      () => `cannot verify signature of tag 'tag-unsigned@${ids['tag-unsigned']}' since it is not signed`,
    ],
    [
      'a-lightweight-tag',
      { tag: 'light' },
      'TagAndHEAD',
      ['rsa.asc'],
      'InvalidGitObject',
      () => "cannot verify signature of tag 'light' since it is not signed",
    ],
    [
      'a-strangers-tag',
      { tag: 'tag-gpg' },
      'TagAndHEAD',
      ['stranger.asc'],
      'InvalidTagSignature',
      () =>
        `signature verification of tag 'tag-gpg@${ids['tag-gpg']}' failed: unable to verify Git tag: unable to verify payload with any of the given key rings: no matching key`,
    ],
    [
      'a-tag-with-a-strangers-commit',
      { tag: 'tag-gpg' },
      'TagAndHEAD',
      ['rsa.asc', 'stranger.sshpub'],
      'InvalidCommitSignature',
      () => 'public key does not match',
    ],
  ]
  beforeAll(() => createAll(cases))

  it.each(cases)('%s', async (name, _ref, _mode, _trusted, reason, message) => {
    const obj = await scene.untilFailed(name, reason)
    const conditions = conditionsOf(obj)
    expect(conditions['SourceVerified']?.slice(0, 2)).toEqual(['False', reason])
    expect(conditions['SourceVerified']?.[2]).toContain(message())
    expect(conditions['Ready']).toEqual(conditions['SourceVerified'])
    expect(conditions).not.toHaveProperty('FetchFailed')
    expect([obj.status?.artifact, obj.status?.sourceVerificationMode]).toEqual([undefined, undefined])
    expect(await scene.untilEvent(name, reason)).toMatchObject({ type: 'Warning' })
  })

  it('a branch when a tag is to be verified: that stalls', async () => {
    await create('tag-of-a-branch', { branch: 'gpg-rsa' }, 'Tag', ['rsa.asc'])
    const obj = await scene.untilFailed('tag-of-a-branch', 'InvalidVerificationMode')
    const failure = [
      'InvalidVerificationMode',
      "cannot verify tag object's signature if a tag reference is not specified",
    ]
    expect(conditionsOf(obj)).toMatchObject({
      Ready: ['False', ...failure],
      SourceVerified: ['False', ...failure],
      Stalled: ['True', ...failure],
    })
    expect(obj.status?.artifact).toBeUndefined()
  })

  it('a Secret that is not there, until it comes', async () => {
    const verify = { mode: 'HEAD' as const, secretRef: { name: 'late' } }
    await scene.create('late', { url: repo.url, ref: { branch: 'gpg-rsa' }, verify })
    const obj = await scene.untilFailed('late', 'VerificationError')
    expect(conditionsOf(obj)['SourceVerified']?.[2]).toMatch(/^public keys secret error: .*"late" not found/)
    await secret('late', { 'ada.asc': keys['rsa.asc']! })
    expect(Object.keys(conditionsOf(await scene.untilReady('late'))).sort()).toEqual([
      'ArtifactInStorage',
      'Ready',
      'SourceVerified',
    ])
  })
})

it('the artifact of the last verified commit stays, and is verified anew when the branch goes back to it', async () => {
  await repo.git('update-ref', 'refs/heads/moving', ids['gpg-rsa']!)
  await create('moving', { branch: 'moving' }, 'HEAD', ['rsa.asc'])
  const before = artifactOf(await scene.untilReady('moving'))
  await repo.git('update-ref', 'refs/heads/moving', ids['unsigned']!)
  await scene.request('moving', 'unsigned')
  const failed = await scene.untilFailed('moving', 'InvalidCommitSignature')
  expect(artifactOf(failed)).toEqual(before)
  expect(await downloadArtifact(before)).toEqual({ 'a.txt': '1' })
  // a retry may go there before the request does
  const packs = scene.git.packs
  await repo.git('update-ref', 'refs/heads/moving', ids['gpg-rsa']!)
  await scene.request('moving', 'back')
  const after = await scene.untilReady('moving')
  expect(conditionsOf(after)['SourceVerified']?.[0]).toBe('True')
  expect(scene.git.packs).toBeGreaterThan(packs)
  expect(artifactOf(after).digest).toBe(before.digest)
})

it('is done for a stored artifact as soon as it is asked for, and forgotten when it no longer is', async () => {
  await secret('added', { 'ada.asc': keys['stranger.asc']! })
  await scene.create('added', { url: repo.url, ref: { branch: 'gpg-rsa' } })
  await scene.untilReady('added')
  await scene.patch('added', { spec: { verify: { mode: 'HEAD', secretRef: { name: 'added' } } } })
  await scene.untilFailed('added', 'InvalidCommitSignature')
  await scene.patch('added', { spec: { verify: null } })
  const obj = await scene.untilReady('added')
  expect(Object.keys(conditionsOf(obj)).sort()).toEqual(['ArtifactInStorage', 'Ready'])
  expect(obj.status?.sourceVerificationMode).toBeUndefined()
})
