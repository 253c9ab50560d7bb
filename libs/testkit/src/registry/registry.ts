// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureRegistry } from './registry-binary.ts'
import type { TokenService } from './token-service.ts'

/** How the registry is to be. */
export interface RegistryOptions {
  /** Folder for its content; default: memory. */
  readonly root?: string
  readonly basic?: { readonly username: string; readonly password: string }
  /** Takes the tokens of this service, and sends clients there. */
  readonly tokens?: TokenService
  /** PEM texts: serves https. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A running registry; the caller disposes of it. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string
  /** `http://` or `https://` and the host. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts the distribution registry (github.com/distribution/distribution) on a free port of loopback. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const program = await ensureRegistry()
  const scratch = await mkdtemp(join(tmpdir(), 'tidelock-registry-'))
  try {
    const child = spawn(program, await toArguments(options, scratch), { stdio: ['pipe', 'pipe', 'pipe'] })
    const errors: string[] = []
    createInterface({ input: child.stderr }).on('line', (line) => errors.push(line))
    child.stdin.on('error', () => undefined)
    const ended = once(child, 'exit')
    const port = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
      ended.then(() => Promise.reject(new Error(`the registry ended at once: ${errors.join('\n')}`))),
    ])
    const stop = async (): Promise<void> => {
      child.kill('SIGKILL')
      await ended
      await rm(scratch, { recursive: true, force: true })
    }
    const host = `127.0.0.1:${port}`
    const url = `${options.tls === undefined ? 'http' : 'https'}://${host}`
    return { host, url, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await rm(scratch, { recursive: true, force: true })
    throw error
  }
}

async function toArguments(options: RegistryOptions, scratch: string): Promise<string[]> {
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(scratch, name), content, { mode: 0o600 })
    return join(scratch, name)
  }
  const { root, basic, tokens, tls } = options
  return [
    `--scratch=${scratch}`,
    ...(root === undefined ? [] : [`--root=${root}`]),
    ...(basic === undefined ? [] : [`--user=${basic.username}`, `--password=${basic.password}`]),
    ...(tokens === undefined
      ? []
      : [
          `--token-realm=${tokens.realm}`,
          `--token-service=${tokens.service}`,
          `--token-issuer=${tokens.issuer}`,
          `--token-jwks=${await file('jwks.json', tokens.jwks)}`,
        ]),
    ...(tls === undefined
      ? []
      : [`--tls-cert=${await file('tls.crt', tls.cert)}`, `--tls-key=${await file('tls.key', tls.key)}`]),
  ]
}
