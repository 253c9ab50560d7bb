// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { parseGitModules, refusedGitUrl, resolveModuleUrl } from './git-url.ts'

it.each([
  ['https://github.com/org/repo', /^taken$/],
  ['HTTP://git.example.com/org/repo', /^taken$/],
  ['ssh://git@git.example.com/org/repo', /SSH .* https:/],
  ['git@github.com:org/repo', /SSH/],
  ['file:///srv/repo', /out of reach/],
])('%s: %s', (url, words) => {
  expect(refusedGitUrl(url) ?? 'taken').toMatch(words)
})

it('submodules are those with path and URL', () => {
  const text =
    '[submodule "a"]\n\tpath = libs/a\n\turl = ../a.git\n[submodule "b"]\n  url = "https://x/b"\n  path="b"\n[submodule "c"]\n\tpath = c\n'
  expect(parseGitModules(text)).toEqual([
    { path: 'libs/a', url: '../a.git' },
    { path: 'b', url: 'https://x/b' },
  ])
  expect(parseGitModules('path = x\nurl = y')).toEqual([])
})

it.each([
  ['../other.git', 'https://me:pw@host/org/repo.git', 'https://me:pw@host/org/other.git'],
  ['../../top', 'https://host/org/repo/', 'https://host/top'],
  ['./sub', 'https://host/org/repo', 'https://host/org/repo/sub'],
  ['https://other/x', 'https://host/org/repo', 'https://other/x'],
])('%s of %s is %s', (url, parent, resolved) => {
  expect(resolveModuleUrl(url, parent)).toBe(resolved)
})
