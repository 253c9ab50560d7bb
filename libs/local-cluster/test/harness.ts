// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fromSeed } from '@nats-io/nkeys'
import { type AdminClient, type AdminResponse, createAdminClient } from '../src/admin-client.ts'
import { readAdminCredentials } from '../src/credentials.ts'
import {
  type BinaryOptions,
  type ComponentName,
  ensureBinaries,
  type LocalCluster,
  type LocalClusterOptions,
} from '../src/index.ts'
import { createLayout } from '../src/layout.ts'
import { waitFor } from '../src/wait.ts'

const cacheHome = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')

/** Binaries from the shared cache, as every other test has them. */
export const BINARY_OPTIONS: BinaryOptions = {
  cacheDir: process.env['TIDELOCK_CACHE'] ?? join(cacheHome, 'tidelock'),
  ...(process.env['PATH'] === undefined ? {} : { searchPath: process.env['PATH'] }),
  ...(process.env['KUBEBUILDER_ASSETS'] === undefined ? {} : { assetsDir: process.env['KUBEBUILDER_ASSETS'] }),
}

/** A client with the administrator's certificate. */
export async function adminOf(cluster: LocalCluster): Promise<AdminClient> {
  return createAdminClient(cluster.server, await readAdminCredentials(createLayout(cluster.dataDir)))
}

/** Sends a request and parses the answer; fails on a status that is not 2xx. */
export async function send(client: AdminClient, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const response: AdminResponse = await client.send(method, path, body)
  if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${response.body}`)
  return JSON.parse(response.body)
}

/** Waits until the answer is true. */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  await waitFor(async () => ((await check()) ? true : undefined), { what, timeoutMs: 30_000 })
}

/** A Deployment that asks KWOK for its default behaviour, or the given one. */
export function deployment(name: string, annotations: Record<string, string> = {}): object {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: 'app', image: 'registry.test/app' }] },
      },
    },
  }
}

/** Fills a folder with programs of these names, as if somebody else had installed them. */
export async function writeWrappers(dir: string, names: readonly ComponentName[]): Promise<void> {
  const { components } = await ensureBinaries(BINARY_OPTIONS)
  await mkdir(dir, { recursive: true })
  for (const name of names) {
    const binary = components[name]
    if (binary === undefined) throw new Error(`no ${name}`)
    const command = [binary.path, ...binary.args].map((part) => `'${part}'`).join(' ')
    // Without our lifeline: only the supervision of foreign binaries may end it.
    await writeProgram(join(dir, name), `unset TIDELOCK_LIFELINE_FD\nexec ${command} "$@"`)
  }
}

/** Writes a shell script. */
export async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** A cluster run by another process of ours. */
export interface ForeignParent {
  readonly pid: number
  readonly server: string
  readonly pids: Record<string, number>
  /** Kills the process, not its cluster. */
  kill(): Promise<void>
}

/** Starts a cluster from another Node process. */
export async function startInOtherProcess(options: LocalClusterOptions): Promise<ForeignParent> {
  const script = fileURLToPath(new URL('../testdata/parent.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited.then(() => undefined)])
  if (first === undefined) throw new Error('the process ended before its cluster was up')
  return {
    ...(JSON.parse(String(first[0])) as { server: string; pids: Record<string, number> }),
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** A raw NATS session, as much as it takes to see what a user may do. */
export class NatsSession {
  readonly #socket: Socket
  #received = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (chunk: string) => (this.#received += chunk))
  }

  /** Connects and proves the seed in the file by signing the server's nonce. */
  static async open(url: string, seedFile: string): Promise<NatsSession> {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
    await once(socket, 'connect')
    const session = new NatsSession(socket)
    const info = JSON.parse((await session.#expect(/^INFO (\{.*\})/m))[1] ?? '{}') as {
      nonce: string
      jetstream: boolean
    }
    if (!info.jetstream) throw new Error('the server has no JetStream')
    const pair = fromSeed(new TextEncoder().encode((await readFile(seedFile, 'utf8')).trim()))
    const sig = Buffer.from(pair.sign(new TextEncoder().encode(info.nonce))).toString('base64url')
    await session.exchange(`CONNECT ${JSON.stringify({ nkey: pair.getPublicKey(), sig, verbose: false })}\r\n`)
    return session
  }

  /** Sends protocol lines and a ping, and answers all that came since the last time, up to the pong. */
  async exchange(lines: string): Promise<string> {
    this.#socket.write(`${lines}PING\r\n`)
    await this.#expect(/PONG\r\n/)
    const received = this.#received
    this.#received = ''
    return received
  }

  close(): void {
    this.#socket.destroy()
  }

  async #expect(pattern: RegExp): Promise<RegExpExecArray> {
    return waitFor(async () => pattern.exec(this.#received) ?? undefined, { what: String(pattern), timeoutMs: 5000 })
  }
}
