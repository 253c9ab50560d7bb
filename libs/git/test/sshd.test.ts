// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository, findFreePort } from '@tidelock/local-cluster'
import { eventually, makeSshKey } from '@tidelock/testkit'
import { openRemote, parseIdentity } from '../src/index.ts'
import { impatientClock } from './clock.ts'

const sshd = ['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path))
const scans = ['/usr/bin/ssh-keyscan', '/usr/local/bin/ssh-keyscan'].some((path) => existsSync(path))
const whereFound = sshd === undefined || !scans ? describe.skip : describe
const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa']

// OpenSSH's own server, where it is installed; everything else is tested without it
whereFound('OpenSSH', () => {
  const users = new Map(types.map((type) => [type, makeSshKey(type)]))
  const hosts = new Map(types.map((type) => [type, makeSshKey(type)]))
  let directory = ''
  let port = 0
  let server: ChildProcess
  let said = ''
  /** Why this machine's sshd lets nobody in, which is none of ours. */
  let unusable: string | undefined

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'git-sshd-'))
    const { gitDir } = await createRepository(directory, 'app.git')
    await commitFiles(gitDir, { 'a.txt': 'a' })
    port = await findFreePort()
    const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text, { mode: 0o600 })
    for (const [type, { private: key }] of hosts) await write(`host-${type}`, key)
    await write('authorized_keys', [...users.values()].map((each) => each.public).join('\n'))
    // sshd started by root wants the directory that it separates privileges in
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 }).catch(() => undefined)
    await write('sshd_config', `${configOf()}PerSourcePenalties no\n`)
    // newer servers turn away who asked often and did not log in, as scans do; older ones do not know the option
    const tested = spawnSync(sshd ?? '', ['-t', '-f', join(directory, 'sshd_config')], { encoding: 'utf8' })
    if (/PerSourcePenalties/.test(tested.stderr)) await write('sshd_config', configOf())
    server = spawn(sshd ?? '', ['-D', '-e', '-f', join(directory, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server.on('error', (error) => (said += error.message))
    server.stderr?.on('data', (data: Buffer) => (said += data.toString()))
    unusable = await tryOut()
  })
  afterAll(async () => {
    server.kill()
    await rm(directory, { recursive: true, force: true })
  })

  /** A locked account, no shell, no right to start: the log of sshd tells. */
  async function tryOut(): Promise<string | undefined> {
    const listens = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1')
        socket.once('error', reject).once('connect', () => {
          socket.destroy()
          resolve()
        })
      })
    const ended = (): boolean => server.pid === undefined || server.exitCode !== null
    await eventually(() => (ended() ? undefined : listens()))
    if (ended()) return said === '' ? 'sshd ended' : said
    return files('ssh-ed25519', 'ssh-ed25519').then(
      () => undefined,
      (error: unknown) => {
        const isTheMachine = /locked|not allowed|not available|no such file|bad owner|chroot|privsep/i
        return isTheMachine.test(`${said} ${String(error)}`) ? said : undefined
      },
    )
  }

  function configOf(): string {
    const lines = [
      `ListenAddress 127.0.0.1:${port}`,
      ...types.map((type) => `HostKey ${join(directory, `host-${type}`)}`),
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      `PidFile ${join(directory, 'pid')}`,
      ...['PasswordAuthentication no', 'StrictModes no', 'UsePAM no', 'PermitRootLogin prohibit-password'],
      ...['KbdInteractiveAuthentication no', 'AcceptEnv GIT_PROTOCOL'],
    ]
    return `${lines.join('\n')}\n`
  }

  async function files(userType: string, hostType: string): Promise<string[]> {
    await using remote = openRemote({
      url: `ssh://${userInfo().username}@127.0.0.1:${port}${directory}/app.git`,
      ssh: {
        identity: parseIdentity(users.get(userType)?.private ?? ''),
        knownHosts: `[127.0.0.1]:${port} ${hosts.get(hostType)?.public}`,
      },
      ...{ timeoutMs: 60_000, clock: impatientClock, scratchDir: directory },
    })
    await using tree = await remote.fetchTree(await remote.resolve({ branch: 'main' }))
    return (await Array.fromAsync(tree.entries())).map(({ path }) => path)
  }

  it.each(types)('lets a key of type %s in, and is known by one', async (type) => {
    if (unusable !== undefined) return
    expect(await files(type, type)).toEqual(['a.txt'])
  })

  it('is known by what ssh-keyscan prints, hashed or not', async () => {
    if (unusable !== undefined) return
    for (const options of [[], ['-H']]) {
      const scanned = execFileSync('ssh-keyscan', [...options, '-T', '60', '-p', String(port), '127.0.0.1'], {
        stdio: 'pipe',
      })
      await using remote = openRemote({
        url: `ssh://${userInfo().username}@127.0.0.1:${port}${directory}/app.git`,
        ssh: { identity: parseIdentity(users.get('ssh-ed25519')?.private ?? ''), knownHosts: scanned.toString() },
        ...{ timeoutMs: 60_000, clock: impatientClock, scratchDir: directory },
      })
      expect((await remote.resolve({ branch: 'main' })).revision).toMatch(/^main@sha1:/)
    }
  })

  it('refuses a stranger', async () => {
    if (unusable !== undefined) return
    users.set('stranger', makeSshKey())
    await expect(files('stranger', 'ssh-ed25519')).rejects.toThrow(
      /Permission denied \(publickey\): the server does not accept/,
    )
  })
})
