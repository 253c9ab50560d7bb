// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Logger } from './logger.ts'

/** Throws, or rejects, when what it checks is not well. */
export type HealthCheck = () => void | Promise<void>

/** The probes: `/healthz` and `/readyz`, each with its checks, and each check by itself under its name. */
export class HealthChecks {
  readonly #log: Logger
  readonly #checks: Readonly<Record<'healthz' | 'readyz', Map<string, HealthCheck>>>

  constructor(log: Logger) {
    this.#log = log
    // as Flux: both answer for as long as the process does
    this.#checks = { healthz: new Map([['ping', () => {}]]), readyz: new Map([['ping', () => {}]]) }
  }

  add(probe: 'healthz' | 'readyz', name: string, check: HealthCheck): void {
    this.#checks[probe].set(name, check)
  }

  /** Answers as controller-runtime does: `ok`, or with `?verbose` and on failure one line a check. */
  readonly listener: RequestListener = (request, response) => void this.#answer(request, response)

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://probe')
    const [, probe = '', only] = url.pathname.replace(/\/$/, '').split('/')
    const checks = probe === 'healthz' || probe === 'readyz' ? this.#checks[probe] : undefined
    const names = checks === undefined ? [] : only === undefined ? [...checks.keys()].sort() : [only]
    if (checks === undefined || names.some((name) => !checks.has(name))) {
      response.writeHead(404).end('404 page not found\n')
      return
    }
    const excluded = new Set(url.searchParams.getAll('exclude'))
    const lines: string[] = []
    let failed = false
    for (const name of names) {
      const isWell = excluded.has(name) || (await this.#isWell(name, checks.get(name)))
      failed ||= !isWell
      lines.push(
        isWell ? `[+]${name} ${excluded.has(name) ? 'excluded: ' : ''}ok` : `[-]${name} failed: reason withheld`,
      )
    }
    response.writeHead(failed ? 500 : 200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
    })
    if (!failed && !url.searchParams.has('verbose')) response.end('ok')
    else response.end(`${lines.join('\n')}\n${probe} check ${failed ? 'failed' : 'passed'}\n`)
  }

  async #isWell(name: string, check: HealthCheck | undefined): Promise<boolean> {
    try {
      await check?.()
      return true
    } catch (error) {
      this.#log.info({ check: name, error }, 'health check failed')
      return false
    }
  }
}
