// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import { createEngine } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

/** Nine levels of nine references each: 9^9 strings when written out. */
const aliasBomb = [
  'x0: &x0 [lol]',
  ...Array.from({ length: 9 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i},`.repeat(9)}]`),
].join('\n')

describe('parseYaml', () => {
  it.each([
    ['one document', 'a: 1', [{ a: 1 }]],
    ['several', 'a: 1\n---\nb: 2\n---\n', [{ a: 1 }, { b: 2 }]],
    ['a marker first, with a comment', '--- # head\na: 1\n', [{ a: 1 }]],
    ['content behind the marker', '--- {a: 1}\n--- {b: 2}\n', [{ a: 1 }, { b: 2 }]],
    ['empty and comment documents', '---\n---\n# x\n---\nnull\n---\na: 1\n', [{ a: 1 }]],
    ['nothing', '', []],
    ['carriage returns', 'a: 1\r\n---\r\nb: 2\r\n', [{ a: 1 }, { b: 2 }]],
    ['dashes that are no marker', 'a: |\n  ---\n  b\nc: ---d\n', [{ a: '---\nb\n', c: '---d' }]],
    ['an end marker', 'a: 1\n...\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['anchors and merge keys', 'a: &a {x: 1}\nb: {<<: *a, z: 2}\n', [{ a: { x: 1 }, b: { x: 1, z: 2 } }]],
    ['JSON', '{"a":"\\u00e9"}', [{ a: 'é' }]],
    ['keys that are no strings', '1: a\ntrue: b\n', [{ '1': 'a', true: 'b' }]],
  ])('reads %s', async (_name, text, objects) => {
    expect(await (await engine).parseYaml([text])).toEqual([objects])
  })

  it.each([
    ['yes', true],
    ['on', true],
    ['y', true],
    ['NO', false],
    ['~', null],
    ['010', 8],
    ['0o10', 8],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['12:30:45', '12:30:45'],
    ['2001-12-14', '2001-12-14'],
    ['"010"', '010'],
    ['1.2.3', '1.2.3'],
    ['08', 8],
  ])('types %s as Go does', async (text, value) => {
    expect(await (await engine).parseYaml([`v: ${text}`])).toEqual([[{ v: value }]])
  })

  it('takes many texts in one call, each to its own objects', async () => {
    const texts = Array.from({ length: 500 }, (_, i) => `i: ${i}\n---\ni: -${i}\n`)
    const parsed = await (await engine).parseYaml(texts)
    expect(parsed.length).toBe(500)
    expect(parsed[499]).toEqual([{ i: 499 }, { i: -499 }])
    expect(await (await engine).parseYaml([])).toEqual([])
  })

  it.each([
    ['no YAML', 'a: b: c', /document 1: .*mapping values/],
    ['a list', '- a', /document 1 is not an object/],
    ['a scalar', 'a: 1\n---\njust text', /document 2 is not an object/],
    ['a tab', 'a:\n\t- b', /document 1: .*cannot start any token/],
    ['an alias bomb', aliasBomb, /excessive aliasing/],
    ['nesting beyond the depth bound', `a: ${'['.repeat(20_000)}`, /max depth/],
    ['an alias to itself', 'a: &a [*a]', /contains itself/],
  ])('refuses %s', async (_name, text, message) => {
    await expect((await engine).parseYaml(['ok: 1', text])).rejects.toMatchObject({
      code: 'InvalidYaml',
      message: expect.stringMatching(message),
      details: { index: 1 },
    })
  })
})
