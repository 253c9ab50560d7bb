// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { parseLabelSelector } from './label-selector.ts'

const labels = { app: 'web', tier: 'front', 'example.com/size': '10', empty: '' }

it.each([
  ['', true],
  ['app', true],
  ['!app', false],
  ['!other', true],
  ['app=web', true],
  ['app == web', true],
  ['app=api', false],
  ['app!=api', true],
  ['owner!=helm', true],
  ['app!=web', false],
  ['app in (api, web)', true],
  ['app in (api)', false],
  ['app notin (api,db)', true],
  ['app notin (web)', false],
  ['other notin (web)', true],
  ['app=web,tier=front', true],
  ['app=web,tier in (back,mid),!other', false],
  ['empty=', true],
  ['empty in (,a)', true],
  ['app=', false],
  ['example.com/size>9', true],
  ['example.com/size > 10', false],
  ['example.com/size<11', true],
  ['app>1', false],
  ['constructor', false],
  ['constructor!=x', true],
])('%s selects: %s', (text, expected) => {
  expect(parseLabelSelector(text)(labels)).toBe(expected)
})

it('no labels at all are an empty set', () => {
  expect(parseLabelSelector('a!=b')(undefined)).toBe(true)
  expect(parseLabelSelector('a')(undefined)).toBe(false)
})

it.each(['a=b,', ',', 'a b', 'a in b', 'a in (b', 'a=b=c', '=x', 'a>b', 'a/b/c', 'a=!', 'Ä=b', 'a in (b c)', '-a=b'])(
  '%s is refused',
  (text) => {
    expect(() => parseLabelSelector(text)).toThrow(
      expect.objectContaining({ code: 'InvalidLabelSelector', message: expect.stringContaining(`'${text}'`) }),
    )
  },
)
