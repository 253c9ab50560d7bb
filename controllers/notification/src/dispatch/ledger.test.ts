// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Ledger } from './ledger.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ledger-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it('remembers over a restart that nobody announced', () => {
  const first = Ledger.open(directory)
  first.add('a')
  first.add('b')
  const second = Ledger.open(directory)
  expect(['a', 'b', 'c'].map((key) => second.has(key))).toEqual([true, true, false])
  first.close()
  second.close()
})

it('keeps the last keys and no more than twice as many', () => {
  const ledger = Ledger.open(directory, 3)
  const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`)
  for (const key of keys) ledger.add(key)
  expect(keys.slice(-3).every((key) => ledger.has(key))).toBe(true)
  expect(ledger.has('key-0')).toBe(false)
  ledger.close()
  const again = Ledger.open(directory, 3)
  expect(keys.slice(-3).every((key) => again.has(key))).toBe(true)
  again.close()
})

it('reads past a line that was cut short', () => {
  Ledger.open(directory).add('whole')
  appendFileSync(join(directory, 'settled.log'), 'cut')
  const ledger = Ledger.open(directory)
  ledger.add('next')
  ledger.close()
  const again = Ledger.open(directory)
  expect(['whole', 'next'].every((key) => again.has(key))).toBe(true)
  again.close()
})
