// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, it } from '@jest/globals'
import type { YamlNode } from '../src/index.ts'
import { createEngine } from './engine.ts'

const engine = createEngine()
afterAll(async () => (await engine).close())

const read = async (text: string): Promise<readonly YamlNode[]> => (await engine).readYaml(text)
const str = (value: string): YamlNode => ({ kind: 'str', value })

describe('readYaml', () => {
  it('types scalars as Go does', async () => {
    const [document] = await read('a: on\nb: 0o10\nc: 1.50\nd: true\ne: ~\nf: 2024-01-02T03:04:05Z\ng: "1"\n')
    const items = document?.items?.[0]?.items ?? []
    expect(items.filter((_, index) => index % 2 === 1)).toEqual([
      str('on'),
      { kind: 'int', value: '8' },
      { kind: 'float', value: '1.5' },
      { kind: 'bool', value: 'true' },
      { kind: 'null' },
      { kind: 'time', value: '2024-01-02T03:04:05Z' },
      str('1'),
    ])
  })
  it('keeps comments, aliases and documents', async () => {
    const documents = await read('# head\na: &x [1] # line\nb: *x\n---\nc: d\n')
    expect(documents).toHaveLength(2)
    expect(JSON.stringify(documents[0])).toContain('"head":"# head"')
    expect(JSON.stringify(documents[0])).toContain('"kind":"alias"')
  })
  it.each([
    ['a: s3cret\na: s3cret2\n', 'a key that stands twice'],
    ['- s3cret\n', 'a list'],
    ['s3cret: [\n', 'a syntax error'],
    [
      `a: &a [s3cret,s3cret,s3cret,s3cret,s3cret,s3cret,s3cret,s3cret]\n${'bcdefgh'
        .split('')
        .map((name, index) => {
          const before = 'abcdefgh'[index]
          return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]\n`
        })
        .join('')}`,
      'an alias bomb',
    ],
  ])('refuses %# without quoting the text', async (text) => {
    const error = await read(text).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'InvalidYaml' })
    expect(String(error)).not.toContain('s3cret')
  })
})

describe('printYaml', () => {
  it('prints as Go does', async () => {
    const map: YamlNode = {
      kind: 'map',
      items: [
        { ...str('a'), head: '# why' },
        str('on'),
        str('b'),
        { kind: 'map', items: [str('c'), { kind: 'list', items: [{ kind: 'int', value: '1' }, str('x\ny\n')] }] },
        str('d'),
        { kind: 'bin', value: Buffer.from([0xff]).toString('base64') },
      ],
    }
    const text = await (await engine).printYaml([map, { kind: 'map' }])
    expect(text).toBe(
      '# why\na: "on"\nb:\n    c:\n        - 1\n        - |\n          x\n          y\nd: !!binary /w==\n---\n{}\n',
    )
  })
})
