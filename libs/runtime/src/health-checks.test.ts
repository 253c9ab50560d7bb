// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals'
import { HealthChecks } from './health-checks.ts'
import { serveHttp } from './http-server.ts'
import type { RunningServer } from './http-server.ts'
import { createLogger } from './logger.ts'

let server: RunningServer | undefined
afterEach(() => server?.close())

async function serve(): Promise<{ checks: HealthChecks; get: (path: string) => Promise<string> }> {
  const checks = new HealthChecks(createLogger({ level: 'error', encoding: 'json' }))
  server = await serveHttp({ host: '127.0.0.1', port: 0 }, checks.listener)
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`http://${server?.address}${path}`)
    return `${response.status} ${await response.text()}`
  }
  return { checks, get }
}

describe('HealthChecks', () => {
  it('answers as controller-runtime does', async () => {
    const { get } = await serve()
    expect(await get('/healthz')).toBe('200 ok')
    expect(await get('/readyz/')).toBe('200 ok')
    expect(await get('/readyz/ping')).toBe('200 ok')
    expect(await get('/healthz?verbose')).toBe('200 [+]ping ok\nhealthz check passed\n')
    expect(await get('/other')).toMatch(/^404/)
    expect(await get('/healthz/other')).toMatch(/^404/)
  })
  it('fails with every check named, and without the reason', async () => {
    const { checks, get } = await serve()
    checks.add('readyz', 'cache', () => Promise.reject(new Error('secret reason')))
    expect(await get('/readyz')).toBe('500 [-]cache failed: reason withheld\n[+]ping ok\nreadyz check failed\n')
    expect(await get('/readyz/ping')).toBe('200 ok')
    expect(await get('/readyz?exclude=cache')).toBe('200 ok')
    expect(await get('/healthz')).toBe('200 ok')
  })
  it('names an address that is taken', async () => {
    const { get } = await serve()
    await get('/healthz')
    const port = Number(server?.address.split(':').at(-1))
    await expect(serveHttp({ host: '127.0.0.1', port }, () => {})).rejects.toMatchObject({
      code: 'ServerFailed',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })
})
