// SPDX-License-Identifier: Apache-2.0
// A real OpenBao or Vault, where its command is found, in development mode: in memory, unsealed, over TLS, on loopback.
import { spawn } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import type { webcrypto } from 'node:crypto'
import { accessSync, constants, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { once } from 'node:events'
import { findFreePort } from '@tidelock/local-cluster'
import { eventually } from '@tidelock/testkit'

/** The command of a server: what `TIDELOCK_BAO` names, else `bao` or `vault` on the search path, else undefined. */
export function findTransitCommand(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['TIDELOCK_BAO']
  if (named !== undefined && named !== '') return named
  const directories = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.flatMap((directory) => ['bao', 'vault'].map((name) => join(directory, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const rootToken = 'root-token-of-a-test'

/** A server that runs. Disposing ends it. */
export class TransitServer implements AsyncDisposable {
  readonly url: string
  /** Whom to trust for its certificate. */
  readonly caFile: string
  readonly #stop: () => Promise<void>

  private constructor(url: string, caFile: string, stop: () => Promise<void>) {
    this.url = url
    this.caFile = caFile
    this.#stop = stop
  }

  static async start(command: string): Promise<TransitServer> {
    const directory = await mkdtemp(join(tmpdir(), 'transit-'))
    const port = await findFreePort()
    const args = ['server', '-dev', '-dev-tls', `-dev-tls-cert-dir=${directory}`, '-dev-no-store-token']
    const own = [`-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`]
    const child = spawn(command, [...args, ...own], {
      env: { HOME: directory, PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()))
    child.on('error', (error) => (said += error.message))
    const stop = async (): Promise<void> => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(directory, { recursive: true, force: true })
    }
    // the two products name the file after themselves, not after the command
    const caFile = (): string =>
      ['vault-ca.pem', 'bao-ca.pem', 'openbao-ca.pem'].map((name) => join(directory, name)).find(isReadable) ?? ''
    try {
      return await eventually(
        async () => {
          if (child.exitCode !== null || child.pid === undefined) throw new Error(`the server ended: ${said}`)
          const server = new TransitServer(`https://127.0.0.1:${port}`, caFile(), stop)
          await server.ask('GET', 'sys/mounts')
          return server
        },
        { timeoutMs: 120_000 },
      )
    } catch (error) {
      await stop()
      throw new Error(`no server: ${said}`, { cause: error })
    }
  }

  /** Asks the server for a path below `/v1/` as root. Throws for an answer that is no success. */
  async ask(method: string, path: string, body?: unknown, namespace = ''): Promise<Record<string, unknown>> {
    const { status, text } = await this.#send(method, path, body, namespace)
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  }

  #send(method: string, path: string, body: unknown, namespace: string): Promise<{ status: number; text: string }> {
    const headers = {
      'x-vault-request': 'true',
      'x-vault-token': rootToken,
      ...(namespace === '' ? {} : { 'x-vault-namespace': namespace }),
    }
    const ca = readFileSync(this.caFile)
    return new Promise((resolve, reject) => {
      const asking = request(`${this.url}/v1/${path}`, { method, headers, ca }, (response) => {
        let text = ''
        response.on('data', (data: Buffer) => (text += data.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      })
      asking.on('error', reject)
      asking.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop()
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** The keys of a set as PEM. */
export function toPem(keys: readonly webcrypto.JsonWebKey[]): string[] {
  return keys.map((key) => createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
}
