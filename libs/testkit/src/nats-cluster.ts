// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBinaries, findFreePort } from '@tidelock/local-cluster'
import type { Binaries } from '@tidelock/local-cluster'

/** Several NATS servers on loopback that share JetStream, and take clients over TLS with a certificate alone. */
export interface NatsCluster extends AsyncDisposable {
  /** All servers, separated by commas. */
  readonly url: string
  /** What a client needs. */
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string }
  /** Kills a server by its name and waits until it is gone. */
  kill(name: string): Promise<void>
}

interface Member {
  readonly name: string
  readonly clientPort: number
  readonly routePort: number
}

/** Starts servers called `nats-0`, `nats-1`, …; the caller disposes of them. */
export async function startNatsCluster(size: number): Promise<NatsCluster> {
  const { TIDELOCK_CACHE, XDG_CACHE_HOME, PATH } = process.env
  const cacheDir = TIDELOCK_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidelock')
  const binaries = await ensureBinaries({ cacheDir, ...(PATH === undefined ? {} : { searchPath: PATH }) })
  const root = await mkdtemp(join(tmpdir(), 'nats-cluster-'))
  const pki = join(root, 'pki')
  await makeCertificates(binaries.tools, pki)
  const members = await Promise.all(
    Array.from({ length: size }, async (_, index): Promise<Member> => {
      const [clientPort, routePort] = await Promise.all([findFreePort(), findFreePort()])
      return { name: `nats-${index}`, clientPort, routePort }
    }),
  )
  const running = new Map<string, ChildProcess>()
  for (const member of members) running.set(member.name, await startServer(binaries, root, member, members))
  const kill = async (name: string): Promise<void> => {
    const child = running.get(name)
    if (child === undefined) throw new Error(`there is no server ${name}`)
    running.delete(name)
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return {
    url: members.map(({ clientPort }) => `tls://127.0.0.1:${clientPort}`).join(','),
    tls: { caFile: join(pki, 'ca.crt'), certFile: join(pki, 'client.crt'), keyFile: join(pki, 'client.key') },
    kill,
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.keys()].map((name) => kill(name)))
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function makeCertificates(tools: string, dir: string): Promise<void> {
  const leaves = [
    { name: 'server', authority: 'ca', commonName: 'nats', hosts: ['127.0.0.1', 'localhost'] },
    { name: 'client', authority: 'ca', commonName: 'client' },
  ]
  const child = spawn(tools, ['certificates'], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end(JSON.stringify({ dir, authorities: ['ca'], keyPairs: [], leaves }))
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error('making certificates for NATS failed')
}

async function startServer(
  binaries: Binaries,
  root: string,
  member: Member,
  members: readonly Member[],
): Promise<ChildProcess> {
  const binary = binaries.components['nats-server']
  if (binary === undefined) throw new Error('there is no nats-server')
  const home = join(root, member.name)
  await mkdir(home)
  const pki = (file: string): string => join(root, 'pki', file)
  const config = join(home, 'nats.conf')
  const settings = {
    ...{ server_name: member.name, host: '127.0.0.1', port: member.clientPort },
    jetstream: { store_dir: join(home, 'store'), max_memory_store: 1 << 26, max_file_store: 1 << 28 },
    tls: { cert_file: pki('server.crt'), key_file: pki('server.key'), ca_file: pki('ca.crt'), verify: true },
    cluster: {
      ...{ name: 'test', host: '127.0.0.1', port: member.routePort },
      routes: members.map(({ routePort }) => `nats://127.0.0.1:${routePort}`),
    },
  }
  await writeFile(config, JSON.stringify(settings))
  // ends with us: its lifeline is our end of the pipe
  return spawn(binary.path, [...binary.args, '--config', config], {
    cwd: home,
    env: { HOME: home, TIDELOCK_LIFELINE_FD: '3' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
}
