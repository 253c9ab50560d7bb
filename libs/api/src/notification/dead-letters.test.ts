// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { formatDeadLetters, parseDeadLetters } from './dead-letters.ts'
import type { DeadLetterSummary } from './dead-letters.ts'

function letter(error: string): DeadLetterSummary {
  const time = '2026-01-01T00:00:00Z'
  return { time, object: 'Kustomization/apps/web', reason: 'BuildFailed', code: 'Refused', error }
}

it('keeps the ten newest', () => {
  const letters = Array.from({ length: 12 }, (_, index) => letter(`no ${index}`))
  expect(parseDeadLetters(formatDeadLetters(letters))).toEqual(letters.slice(0, 10))
})

it('cuts long texts, and leaves the oldest out over 8 KiB', () => {
  const letters = Array.from({ length: 10 }, (_, index) => letter(`${index}${'木'.repeat(1000)}`))
  const text = formatDeadLetters(letters)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192)
  const shown = parseDeadLetters(text)
  expect(shown.length).toBeGreaterThan(4)
  expect(shown.length).toBeLessThan(10)
  expect(shown[0]?.error).toBe(`0${'木'.repeat(399)}…`)
})

it('shows nothing that a terminal would obey, whoever wrote it', () => {
  expect(parseDeadLetters(formatDeadLetters([letter('a\n\u001b[2Jb\u009b')]))).toEqual([letter('a [2Jb')])
  expect(parseDeadLetters(JSON.stringify([{ error: '\u001b[31m', time: 5 }]))).toEqual([
    { time: '', object: '', reason: '', code: '', error: '[31m' },
  ])
})

it.each(['', 'nonsense', '{}', 'null', '[null, 1, "a"]'])('reads %j as none', (text) =>
  expect(parseDeadLetters(text)).toEqual([]),
)
