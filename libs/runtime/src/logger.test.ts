// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { createLogger } from './logger.ts'
import type { Logger } from './logger.ts'
import type { LogOptions } from './options.ts'

function capture(options: Partial<LogOptions> = {}): { log: Logger; lines: string[] } {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  return { log: createLogger({ level: 'info', encoding: 'json', ...options }, stream), lines }
}

const parsed = (lines: readonly string[]): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>)

describe('createLogger', () => {
  it('writes Flux’s keys', () => {
    const { log, lines } = capture()
    const child = log.child({ controller: 'kustomization', Kustomization: { name: 'shop', namespace: 'apps' } })
    child.info({ revision: 'main' }, 'Reconciliation finished')
    const [line = {}] = parsed(lines)
    expect(line).toEqual({
      level: 'info',
      ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      controller: 'kustomization',
      Kustomization: { name: 'shop', namespace: 'apps' },
      revision: 'main',
      msg: 'Reconciliation finished',
    })
    expect(Object.keys(line).slice(0, 2)).toEqual(['level', 'ts'])
  })
  it.each([
    ['trace', ['trace', 'debug', 'info', 'info', 'error']],
    ['debug', ['debug', 'info', 'info', 'error']],
    ['info', ['info', 'info', 'error']],
    ['error', ['error']],
  ] as const)('at level %s writes %j', (level, expected) => {
    const { log, lines } = capture({ level })
    for (const each of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[each]({}, 'm')
    expect(parsed(lines).map((line) => line['level'])).toEqual(expected)
    expect(log.isLevelEnabled('trace')).toBe(level === 'trace')
  })
  it('turns errors into their message with causes, and into a stack where debug lines are shown', () => {
    const error = new Error('outer', { cause: new Error('inner') })
    const plain = capture()
    plain.log.error({ error }, 'm')
    expect(parsed(plain.lines)[0]).toMatchObject({ error: 'outer: inner' })
    expect(plain.lines[0]).not.toContain('stacktrace')
    const verbose = capture({ level: 'debug' })
    verbose.log.error({ error }, 'm')
    expect(parsed(verbose.lines)[0]?.['stacktrace']).toContain('logger.test.ts')
  })
  it('redacts messages, fields, nested fields, errors and children', () => {
    const { log, lines } = capture({ level: 'debug' })
    const secret = 'https://me:hunter2@host/?token=abcdef'
    log.child({ url: secret }).info({ deep: { list: [secret] }, error: new Error(secret) }, `at ${secret}`)
    expect(lines[0]).not.toMatch(/hunter2|abcdef/)
  })
  it('keeps its own keys whatever fields are given', () => {
    const { log, lines } = capture()
    log.info({ level: 'x', msg: 'y', ts: 'z' }, 'm')
    expect(parsed(lines)[0]).toMatchObject({ level: 'info', msg: 'm', level_: 'x', msg_: 'y', ts_: 'z' })
  })
  it('survives values that JSON has no form for', () => {
    const { log, lines } = capture()
    const loop: Record<string, unknown> = { big: 1n }
    loop['self'] = loop
    log.info(loop, 'm')
    expect(parsed(lines)[0]).toMatchObject({ big: '1', msg: 'm' })
  })
  it('writes lines for people', () => {
    const { log, lines } = capture({ encoding: 'console' })
    log.info({ name: 'shop' }, 'done')
    log.error({}, 'bad')
    expect(lines[0]).toMatch(/^\S+Z\tINFO\tdone\t\{"name":"shop"\}\n$/)
    expect(lines[1]).toMatch(/\tERROR\tbad\n$/)
  })
})
