// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { hasCode } from '@tidelock/errors'
import { parseGitmodules } from './gitmodules.ts'
import { isSameServer, resolveSubmoduleUrl } from './submodule-url.ts'

const parsed = (text: string) => [...parseGitmodules(text).values()]
const one = (lines: string) => parsed(`[submodule "m"]\n${lines}`)[0]

describe('parseGitmodules', () => {
  it('reads what git submodule add writes', () => {
    const text =
      '[submodule "libs/a"]\n\tpath = libs/a\n\turl = ../a.git\n[submodule "b"]\n\tpath = b/\n\turl = https://host/b.git\n\tbranch = x\n'
    expect(parsed(text)).toEqual([
      { name: 'libs/a', path: 'libs/a', url: '../a.git' },
      { name: 'b', path: 'b', url: 'https://host/b.git' },
    ])
  })

  it('reads quotes, escapes, comments, continued lines and odd spaces, as git config does', () => {
    expect(one('path = "a b" ; comment\nURL="x#y"')).toMatchObject({ path: 'a b', url: 'x#y' })
    expect(one('path = a \\\n b\nurl = c # d')).toMatchObject({ path: 'a  b', url: 'c' })
    expect(one('path=\\"q\\"\t\\\\ \nurl = u\\tv')).toMatchObject({ path: '"q"\t\\', url: 'u\tv' })
    expect(parsed('\uFEFF; c\r\n[ submodule "a\\"b\\\\c" ] path = p\r\n  url = u\r\n')).toEqual([
      { name: 'a"b\\c', path: 'p', url: 'u' },
    ])
    expect(parsed('[core]\nurl = u\npath = p\n[submodule.old]\npath = p\nurl = u\n[submodule "s"]\nignore\n')).toEqual(
      [],
    )
  })

  it('lets the last value count, also of a section that stands twice', () => {
    expect(one('path = p\nurl = u\n[submodule "m"]\nurl = v')).toMatchObject({ path: 'p', url: 'v' })
  })

  it.each([
    ['no path', 'url = u'],
    ['no address', 'path = p'],
    ['an address that looks like an option', 'path = p\nurl = --upload-pack=touch x'],
    ['a path that looks like an option', 'path = -x\nurl = u'],
    ['a name that leads out', '[submodule "../../hooks"]\npath = p\nurl = u'],
    ['a name that leads out, in another way', '[submodule "a\\\\..\\\\b"]\npath = p\nurl = u'],
    ['no name', '[submodule ""]\npath = p\nurl = u'],
  ])('passes over a submodule with %s', (_what, lines) => {
    expect(one(lines)).toBeUndefined()
  })

  it.each([
    ['[submodule "m"', 1, 'a section does not end'],
    ['\n[]', 2, 'a section has no name'],
    ['[submodule "m"]\n= x', 2, 'a name is missing'],
    ['[submodule "m"]\npath p', 2, 'after path comes neither = nor an end'],
    ['[submodule "m"]\npath = "p', 2, 'a quote does not end'],
    ['[submodule "m"]\npath = \\p', 2, 'an escape is unknown'],
  ])('refuses %j', (text, line, why) => {
    expect(() => parsed(text)).toThrow(`.gitmodules cannot be read: line ${line}: ${why}`)
  })

  it('reads back what was written, and ends with its own error on anything else', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !/[\r\uFEFF]/.test(text) && text.trim() === text)
    const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
    const written = fc.property(word, word, (path, url) => {
      const found = one(`path = ${quote(path)}\nurl = ${quote(url)}`)
      const isTaken = !path.startsWith('-') && !url.startsWith('-') && path.replace(/\/$/, '') !== ''
      return isTaken ? found?.path === path.replace(/\/$/, '') && found.url === url : found === undefined
    })
    const parts = fc.constantFrom(
      '[',
      ']',
      '"',
      '\\',
      '\n',
      ' ',
      '=',
      '#',
      'submodule',
      'path',
      'url',
      'x',
      '-',
      '.',
      '\0',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(parts).map((all) => all.join('')),
    )
    const hostile = fc.property(text, (any) => {
      try {
        return parsed(any).length >= 0
      } catch (error) {
        return hasCode(error, 'InvalidObject')
      }
    })
    expect([fc.check(written), fc.check(hostile)]).toMatchObject([{ failed: false }, { failed: false }])
  })
})

describe('resolveSubmoduleUrl', () => {
  it.each([
    ['https://host/org/main.git', '../lib.git', 'https://host/org/lib.git'],
    ['https://host/org/main.git/', './sub.git', 'https://host/org/main.git/sub.git'],
    ['https://host:8443/a/b/c.git?x=1', '../../../d', 'https://host:8443/d'],
    ['ssh://git@host/org/main.git', '../lib.git', 'ssh://git@host/org/lib.git'],
    ['https://host/main.git', 'http://other/x.git', 'http://other/x.git'],
    ['https://host/main.git', 'git@other:org/x.git', 'ssh://git@other/org/x.git'],
    ['https://host/main.git', 'other:x.git', 'ssh://other/x.git'],
  ])('of %s and %s makes %s', (parent, url, resolved) => {
    expect(resolveSubmoduleUrl(parent, url)).toBe(resolved)
  })

  it.each([
    'file:///etc',
    'git://host/x.git',
    'ext::sh -c touch% /tmp/x',
    'ext::sh',
    'fd::17',
    '/srv/git/x.git',
    'x.git',
    'C:\\repo',
    '--upload-pack=x',
    '-oProxyCommand=x',
    'ssh://-oProxyCommand=x/y',
    '-x@host:y',
    'https://host/a b',
    'https://host/\nx',
    'https://',
    '../../..',
    `https://host/${'x'.repeat(3000)}`,
    '',
  ])('refuses %j', (url) => {
    expect(() => resolveSubmoduleUrl('https://host/org/main.git', url)).toThrow(/is not allowed/)
  })

  it('never leads anywhere but to http, https or ssh, whatever it is given', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '/',
      ':',
      '::',
      '@',
      'a',
      '-',
      'http',
      'file',
      'ext',
      '//',
      '%2e',
      '?',
      '#',
      ' ',
    )
    const url = fc.oneof(
      fc.string(),
      fc.array(part).map((all) => all.join('')),
      fc.webUrl(),
    )
    const property = fc.property(url, (any) => {
      try {
        return /^(?:https?|ssh):$/.test(new URL(resolveSubmoduleUrl('https://host/org/main.git', any)).protocol)
      } catch (error) {
        return hasCode(error, 'InvalidUrl')
      }
    })
    expect(fc.check(property)).toMatchObject({ failed: false })
  })
})

it.each([
  ['https://host/a', 'https://host:443/b', true],
  ['https://HOST/a', 'https://user@host/b', true],
  ['https://host/a', 'http://host/a', false],
  ['https://host/a', 'https://host:8443/a', false],
  ['https://host/a', 'https://host.evil/a', false],
  ['https://host/a', 'https://host@evil/a', false],
  ['ssh://git@host/a', 'ssh://git@host:2222/a', false],
  ['ssh://git@host/a', 'ssh://git@host/b', true],
])('%s and %s are on one server: %s', (first, second, same) => {
  expect(isSameServer(first, second)).toBe(same)
})
