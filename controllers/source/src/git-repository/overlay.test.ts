// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Content, ContentEntry } from './content.ts'
import { selectContent } from './content.ts'
import { confine } from './include-layers.ts'
import { overlay } from './overlay.ts'
import { missingDirectory, sparseContent } from './sparse.ts'

const { signal } = new AbortController()
const entryOf = (text: string): ContentEntry => {
  const [path = '', value = ''] = text.split('=')
  const mode = path.endsWith('/') ? 0o040000 : value === '@' ? 0o120000 : 0o100644
  const content = () => Promise.resolve(Buffer.from(value))
  return { path: path.replace(/\/$/, ''), mode, size: value.length, content }
}
const contentOf = (...files: string[]): Content => ({
  entries: () => ReadableFrom(files.map(entryOf)),
})
async function* ReadableFrom(entries: readonly ContentEntry[]): AsyncGenerator<ContentEntry> {
  yield* entries
}
const layerOf = (...files: string[]) => files.map(entryOf)

/** What comes into the artifact: `path=content`, directories with a slash. */
async function selected(content: Content): Promise<string[]> {
  const entries = await Array.fromAsync(await selectContent(content, undefined, signal))
  const shown = entries.map(async (entry) => {
    if ('directory' in entry) return `${entry.path}/`
    const data = typeof entry.content === 'function' ? await entry.content() : entry.content
    return `${entry.path}=${Buffer.from(data as Uint8Array).toString()}`
  })
  return Promise.all(shown)
}

describe('overlay', () => {
  const base = contentOf('a-b=1', 'a/x=2', 'a/y=3', 'b=4', 'link=@')

  it('lays files over those of the same path, the last layer on top', async () => {
    const merged = overlay(base, [layerOf('a/y=new', 'c/d/e=5'), layerOf('c/d/e=6')])
    expect(await selected(merged)).toEqual(['a-b=1', 'a/', 'a/x=2', 'a/y=new', 'b=4', 'c/', 'c/d/', 'c/d/e=6'])
  })

  it('takes away what stands in the way of a path', async () => {
    expect(await selected(overlay(base, [layerOf('a=file')]))).toEqual(['a=file', 'a-b=1', 'b=4'])
    expect(await selected(overlay(base, [layerOf('b/x=1')]))).toEqual(['a-b=1', 'a/', 'a/x=2', 'a/y=3', 'b/', 'b/x=1'])
    expect(await selected(overlay(base, [layerOf('link/x=1')]))).toContain('link/x=1')
    expect(await selected(overlay(base, [layerOf('b/'), layerOf('b=2')]))).toContain('b=2')
  })

  it('keeps empty directories of a layer, in their place', async () => {
    expect(await selected(overlay(contentOf('a.txt=1', 'a0=2'), [layerOf('a/', 'a/b/')]))).toEqual([
      'a.txt=1',
      'a/',
      'a/b/',
      'a0=2',
    ])
  })

  it('lets ignore rules hold for what was laid over, also those that came with it', async () => {
    const layers = [layerOf('inc/.sourceignore=*.md', 'inc/a.md=1', 'inc/b.txt=2')]
    expect(await selected(overlay(contentOf('c.md=3'), layers))).toEqual([
      'c.md=3',
      'inc/',
      'inc/.sourceignore=*.md',
      'inc/b.txt=2',
    ])
  })
})

it.each([
  ['', ''],
  ['.', ''],
  ['/', ''],
  ['./deploy/', 'deploy'],
  ['a/../../../b', 'b'],
  ['../..', ''],
  ['/etc//x', 'etc/x'],
])('a path %j of an include stays below the root: %j', (path, confined) => {
  expect(confine(path)).toBe(confined)
})

describe('sparse checkout', () => {
  const base = contentOf('.github/x=1', 'apps/a=1', 'apps-old/b=2', 'infra/c/d=3', 'top.txt=4')
  const paths = async (...directories: string[]) =>
    (await Array.fromAsync(sparseContent(base, directories).entries())).map(({ path }) => path)

  it('takes what begins as it is asked for, as Flux does', async () => {
    expect(await paths('apps')).toEqual(['apps/a', 'apps-old/b'])
    expect(await paths('./apps/', 'infra/c')).toEqual(['apps/a', 'infra/c/d'])
    expect(await paths('.')).toHaveLength(5)
    expect(await paths('./')).toHaveLength(5)
    expect(await paths('/apps', 'none')).toEqual([])
  })

  it.each([
    [['apps', 'infra/c/', './apps-old', 'infra/c/d', '.', '', 'apps/../apps'], undefined],
    [['apps', 'app', 'none'], 'app'],
    [['infra/c/d/e'], 'infra/c/d/e'],
    [['../apps2'], '../apps2'],
  ])('of %j it misses %j', async (directories, missing) => {
    expect(await missingDirectory(base, directories, signal)).toBe(missing)
  })
})
