// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { makeSshKey, startSshGitServer } from '@tidelock/testkit'
import type { SshGitServer } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

// ssh-keygen -t ed25519 -a 1 -N passw0rd: decrypting takes as long as the rounds are many
const encrypted = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDCQWyuNa
OKaB+DBNCc7/tcAAAAAQAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIDgLL3dfUW5UOAOi
ilYnY0eiK+0Kb7qwKjmEmGuVrmGTAAAAkJkGWG9MrMcI+oHKpxKtKYr6Xb1qN/ZojucKLD
KRsTyvVrpsUMEDvfaBCcJj/1VnvfKQ+YjKaRZtlrkbJI0zVt0HP23my9AAvnDFyCEu6qr2
Y64RSBWCaUE5vOgEE5CQQHzmaj0B7tW4+MnYMtt1BXpeDC1gtLdGJriGEnrA1oFhmTi7A5
xpBNCIQLP8xx9ATQ==
-----END OPENSSH PRIVATE KEY-----
`
const encryptedPublic = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDgLL3dfUW5UOAOiilYnY0eiK+0Kb7qwKjmEmGuVrmGT'
const passphrase = 'passw0rd'

const [user, host] = [makeSshKey(), makeSshKey()]
let scene: Scene
let repo: UpstreamRepository
let server: SshGitServer

beforeAll(async () => {
  scene = await Scene.open({ flags: ['--ssh-kex-algos=mlkem768x25519-sha256,curve25519-sha256'] })
  repo = await scene.git.create('app', { 'a.txt': 'a' })
  server = await startSshGitServer({
    root: join(scene.directory, 'git'),
    hostKeys: [host.private],
    authorizedKeys: [user.public, encryptedPublic],
  })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

async function create(name: string, stringData: Record<string, string> | undefined, url = `${server.url}/app.git`) {
  const { namespace, client } = scene
  const metadata = { name, namespace }
  if (stringData !== undefined) await client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  await scene.create(name, { url, ...(stringData === undefined ? {} : { secretRef: { name } }) })
}

/** The message of the failure, which conditions and event agree on; neither shows a secret. */
async function failure(name: string, reason: string): Promise<string> {
  const obj = await scene.untilFailed(name, reason)
  const { message } = await scene.untilEvent(name, reason)
  expect(conditionsOf(obj)['FetchFailed']?.[2]).toBe(message)
  const shown = [...scene.log, JSON.stringify([obj.status, scene.receiver.events])].join('\n')
  for (const secret of [passphrase, 'PRIVATE KEY']) expect(shown).not.toContain(secret)
  return message
}

const knownHosts = (): string => `[127.0.0.1]:${server.port} ${host.public}`

describe('an ssh:// address', () => {
  it('is fetched with identity and known_hosts, and again when a commit comes', async () => {
    await create('ssh', { identity: user.private, known_hosts: knownHosts() })
    expect(await downloadArtifact(artifactOf(await scene.untilReady('ssh')))).toEqual({ 'a.txt': 'a' })
    const commit = await repo.commit({ 'b.txt': 'b' })
    await scene.reconcile('ssh')
    const artifact = artifactOf(await scene.untilReady('ssh', `main@sha1:${commit}`))
    expect(await downloadArtifact(artifact)).toEqual({ 'a.txt': 'a', 'b.txt': 'b' })
    await repo.commit({ 'b.txt': null })
    expect(new Set(server.users)).toEqual(new Set(['git']))
  })

  it('takes an encrypted identity with its password', async () => {
    const secret = { identity: encrypted, known_hosts: knownHosts() }
    await create('encrypted', { ...secret, password: passphrase })
    await scene.untilReady('encrypted')
    await create('no-phrase', secret)
    expect(await failure('no-phrase', 'AuthenticationFailed')).toBe(
      `SSH identity key is encrypted but no 'password' field was provided in the secret '${scene.namespace}/no-phrase'`,
    )
    await create('wrong-phrase', { ...secret, password: `${passphrase}-not` })
    expect(await failure('wrong-phrase', 'GitOperationFailed')).toBe(
      `failed to checkout and determine revision: key 'identity' of secret '${scene.namespace}/wrong-phrase': the SSH private key cannot be used: the passphrase is wrong, or the key is damaged`,
    )
  })

  it.each<[string, Record<string, string> | undefined, string, RegExp]>([
    ['no-secret', undefined, 'identity', /: name a secret with 'identity' and 'known_hosts' in spec\.secretRef$/],
    ['no-identity', { known_hosts: 'x' }, 'identity', /: set the key 'identity' in secret '[^']+\/no-identity'$/],
    ['no-hosts', { identity: user.private }, 'known_hosts', /: set the key 'known_hosts' in secret '[^']+\/no-hosts'$/],
  ])('needs both keys: %s', async (name, secret, key, cure) => {
    await create(name, secret)
    const message = await failure(name, 'AuthenticationFailed')
    expect(message).toContain(
      `failed to configure authentication options: invalid 'ssh' auth option: '${key}' is required`,
    )
    expect(message).toMatch(cure)
  })

  it('whose host shows another key is refused until known_hosts has it', async () => {
    await create('host', {
      identity: user.private,
      known_hosts: knownHosts().replace(host.public, makeSshKey().public),
    })
    expect(await failure('host', 'GitOperationFailed')).toMatch(
      /: ssh: host key verification failed: the key of \[127\.0\.0\.1\]:\d+ has changed: it shows ssh-ed25519 SHA256:/,
    )
    expect(conditionsOf(await scene.get('host'))['Stalled']).toBeUndefined()
    const stringData = { known_hosts: knownHosts() }
    await scene.client.patch(
      { apiVersion: 'v1', kind: 'Secret', namespace: scene.namespace, name: 'host' },
      { type: 'merge', body: { stringData } },
    )
    await scene.untilReady('host')
  })

  it("that does not know the key says so in ssh's words", async () => {
    await create('stranger', { identity: makeSshKey().private, known_hosts: knownHosts() })
    expect(await failure('stranger', 'GitOperationFailed')).toMatch(
      /: ssh: git@127\.0\.0\.1: Permission denied \(publickey\): the server does not accept the key ssh-ed25519 SHA256:/,
    )
  })

  it('without such a repository says what the server said', async () => {
    await create('absent', { identity: user.private, known_hosts: knownHosts() }, `${server.url}/absent.git`)
    expect(await failure('absent', 'GitOperationFailed')).toContain('unable to clone: repository not found: fatal: ')
  })
})
