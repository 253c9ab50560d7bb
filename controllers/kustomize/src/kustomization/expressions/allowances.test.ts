// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { compile } from '@tidelock/cel'
import { Allowances } from './allowances.ts'

it('cuts a namespace that spends without end, no other, and lets it go on when time has passed', () => {
  let nowMs = 0
  const allowances = new Allowances({ monotonic: () => nowMs })
  const list = Array.from({ length: 1000 }, (_, i) => i)
  const costly = compile('l.all(a, l.all(b, l.all(c, a + b + c >= 0)))')
  const cheap = compile('l.size() == 1000')
  const words = (namespace: string, program = costly): string => {
    try {
      return String(allowances.evaluate(namespace, program, { l: list }))
    } catch (error) {
      return (error as Error).message
    }
  }
  const first = Array.from({ length: 11 }, () => words('tenant'))
  expect(first.slice(0, 10).every((text) => text.includes('needs more than 500000 steps'))).toBe(true)
  expect(first[10]).toBe('the expressions of namespace tenant have used up what they may cost for now')
  expect(words('tenant', cheap)).toMatch(/used up/)
  expect(words('other', cheap)).toBe('true')
  nowMs += 1000
  expect(words('tenant', cheap)).toBe('true')
  expect(words('tenant')).toMatch(/needs more than 2\d{5} steps/)
  expect(words('tenant', cheap)).toMatch(/used up/)
  nowMs += 3_600_000
  expect(words('tenant')).toMatch(/needs more than 500000 steps/)
})

it('takes the cost of compiling from the same allowance', () => {
  const allowances = new Allowances({ monotonic: () => 0 })
  const costly = Array.from({ length: 8 }, (_, n) => `s.matches('${n}{900}')`).join(' || ')
  const compiled = (): string => {
    try {
      return allowances.compile('tenant', costly).expression
    } catch (error) {
      return (error as { code?: string }).code ?? ''
    }
  }
  expect(Array.from({ length: 7 }, compiled)).toEqual([...Array.from({ length: 6 }, () => costly), 'CostExceeded'])
  expect(allowances.compile('other', 's == 1').expression).toBe('s == 1')
})
