// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { splitSignedCommit, splitSignedTag } from './signed-object.ts'
import { parseTag } from './tag.ts'

const armor = '-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n'
const folded = armor.trimEnd().replaceAll('\n', '\n ')
const head = `tree ${'a'.repeat(40)}\nauthor A <a@b> 1 +0000\n`
const body = `\nsubject\n\ngpgsig is a word in a message\n ${armor}`

function split(text: string): { signature: string; payload: string } | undefined {
  const found = splitSignedCommit(Buffer.from(text))
  return found === undefined ? undefined : { signature: found.signature, payload: found.payload.toString() }
}

it('takes the signature out of a commit, wherever the header stands', () => {
  const merge = `mergetag object ${'b'.repeat(40)}\n type commit\n \n -----BEGIN PGP SIGNATURE-----\n \n x\n`
  for (const text of [`${head}gpgsig ${folded}\n${merge}${body}`, `gpgsig ${folded}\n${head}${merge}${body}`])
    expect(split(text)).toEqual({ signature: armor, payload: `${head}${merge}${body}` })
})

it('leaves the signature of another object format out of what is signed, as Git does', () => {
  const text = `${head}gpgsig-sha256 ${folded}\ngpgsig ${folded}\nencoding x\n${body}`
  expect(split(text)).toEqual({ signature: armor, payload: `${head}encoding x\n${body}` })
})

it('keeps bytes that are not UTF-8', () => {
  const message = Buffer.from([0x0a, 0xff, 0xfe, 0x0a])
  const data = Buffer.concat([Buffer.from(`${head}gpgsig ${folded}\n`), message])
  expect(splitSignedCommit(data)?.payload).toEqual(Buffer.concat([Buffer.from(head), message]))
})

it.each([head + body, head, '', '\n', ' gpgsig x'])('finds none in %j', (text) => {
  expect(split(text)).toBeUndefined()
})

it('takes any commit apart so that what is left is what was there', () => {
  const line = fc.stringMatching(/^[a-z ]{1,12}$/)
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = [...lines.filter((each) => !each.startsWith('gpgsig')), ''].join('\n')
      expect(split(`gpgsig x\n${text.trimStart()}`)?.payload).toBe(text.trimStart())
    }),
  )
})

it('takes the last signature off a tag', () => {
  const tag = `object ${'c'.repeat(40)}\ntype commit\ntag v1.0.0\ntagger A <a@b> 1 +0000\n\ntext\n${armor}more\n`
  expect(splitSignedTag(Buffer.from(tag + armor))).toEqual({ signature: armor, payload: Buffer.from(tag) })
  expect(parseTag('d'.repeat(40), Buffer.from(tag + armor))).toMatchObject({
    name: 'v1.0.0',
    target: 'c'.repeat(40),
    targetType: 'commit',
    signed: { signature: armor },
  })
  expect(splitSignedTag(Buffer.from('object x\n\nno -----BEGIN PGP SIGNATURE-----'))).toBeUndefined()
})

it.each(['', 'object x\n', `object ${'c'.repeat(40)}\ntag v1\ntype commit\n`])('refuses the tag %j', (text) => {
  expect(() => parseTag('d'.repeat(40), Buffer.from(text))).toThrow('does not say what it tags')
})
