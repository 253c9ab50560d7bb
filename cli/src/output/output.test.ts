// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { wantsColors } from '../environment.ts'
import type { Environment } from '../environment.ts'
import { print } from './print.ts'
import { createScreen, formatTime } from './screen.ts'
import { formatFluxTable } from './flux-table.ts'
import { formatTable } from './table.ts'

function recorder(
  terminal?: { columns: () => number },
  colors = false,
): { environment: Environment; text: () => string } {
  let text = ''
  const note = (more: string): void => void (text += more)
  const signal = new AbortController().signal
  const results = { colors, columns: undefined }
  const environment = {
    env: {},
    home: '/',
    cwd: '/',
    self: 'tidelock',
    out: note,
    err: note,
    terminal,
    colors,
    signal,
    results,
  }
  return { environment, text: () => text }
}

describe('formatTable', () => {
  it('aligns columns and leaves no blanks at the ends of lines', () => {
    const rows = [
      ['a', 'main@sha1:12345678', ''],
      ['longer-name', '', 'ready'],
    ]
    expect(formatTable(['NAME', 'REVISION', 'STATUS'], rows)).toBe(
      'NAME          REVISION             STATUS\na             main@sha1:12345678\nlonger-name                        ready\n',
    )
    expect(formatTable(undefined, rows)).not.toContain('NAME')
    expect(formatTable(undefined, [])).toBe('')
  })
})

describe('formatFluxTable', () => {
  it('prints what flux prints', () => {
    const rows = [
      ['a', 'main@sha1:12345678', 'two\nlines'],
      ['longer-name', '', ''],
    ]
    expect(formatFluxTable(['Name', 'Revision', 'Message'], rows)).toBe(
      [
        'NAME       \tREVISION          \tMESSAGE \n',
        'a          \tmain@sha1:12345678\ttwo    \t\n',
        '           \t                  \tlines  \t\n',
        'longer-name\t                  \t       \t\n',
      ].join(''),
    )
    expect(formatFluxTable(undefined, rows)).not.toContain('NAME')
    expect(formatFluxTable(['Name'], [])).toBe('NAME \n')
  })
})

describe('print', () => {
  it('prints JSON and YAML', () => {
    const { environment, text } = recorder()
    print({ a: ['x'.repeat(200)] }, 'json', environment)
    print({ a: ['x'.repeat(200)] }, 'yaml', environment)
    expect(text()).toBe(`{\n  "a": [\n    "${'x'.repeat(200)}"\n  ]\n}\na:\n  - ${'x'.repeat(200)}\n`)
  })
})

describe('formatTime', () => {
  it.each([
    [0.4, '0 ms'],
    [999.4, '999 ms'],
    [1234, '1.2 s'],
    [59_900, '59.9 s'],
    [119_900, '2 min 0 s'],
    [125_000, '2 min 5 s'],
  ])('%d', (ms, text) => expect(formatTime(ms)).toBe(text))
})

describe('wantsColors', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
  ])('%j on a terminal: %s', (env, isTerminal, wanted) => expect(wantsColors(env, isTerminal)).toBe(wanted))
})

describe('a screen', () => {
  it('is plain lines where nobody watches', async () => {
    const { environment, text } = recorder()
    const screen = createScreen(environment)
    expect(await screen.step('doing', 'done', async () => 7)).toBe(7)
    using wait = screen.wait('something')
    wait.update('half')
    screen.line()
    expect(text()).toMatch(/^► doing\n✔ done {60,}\d+ ms\n\n$/)
  })

  it('ends times at one column, colours or not', () => {
    for (const colors of [false, true]) {
      const { environment, text } = recorder(undefined, colors)
      const screen = createScreen(environment)
      screen.timed(`${screen.colors.green('✔')} a`, 5)
      screen.timed('b', 61_000)
      const lines = stripVTControlCharacters(text()).trimEnd().split('\n')
      expect(lines.map((line) => line.length)).toEqual([76, 76])
      expect(text().includes('\u001B')).toBe(colors)
    }
  })

  it('shows on a terminal what is waited for, within its width, and wipes it', async () => {
    const { environment, text } = recorder({ columns: () => 30 })
    const screen = createScreen(environment)
    await screen.step('a very long description of slow work', 'done', async () => screen.line('a note'))
    const drawn = text().split('\r\u001B[2K')
    expect(drawn.slice(1, -1).every((part) => part.startsWith('a note\n') || part.length < 30)).toBe(true)
    expect(drawn.at(-1)).toMatch(/^✔ done +\d+ ms\n$/)
    expect(text()).not.toContain('► a very long description of slow work\n')
  })

  it('wipes the line of a wait that failed', async () => {
    const { environment, text } = recorder({ columns: () => 80 })
    const failing = createScreen(environment).step('doing', 'done', () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(text().endsWith('\r\u001B[2K')).toBe(true)
    expect(text()).not.toContain('done')
  })
})
