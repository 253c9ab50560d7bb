// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { lastWords } from './last-words.ts'

describe('lastWords', () => {
  it('are the last eight lines', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`)
    expect(lastWords(`${lines.join('\n')}\n`)).toBe(lines.slice(-8).join('\n'))
    expect(lastWords('')).toBe('')
  })

  it('stand before the stack of a panic, and are not endless', () => {
    const stack = 'goroutine 1 [running]:\nmain.main()\n\tmain.go:41 +0xc2\n'.repeat(9)
    const record = `{"msg":"failed to create WAL","error":"no space left on device","stacktrace":"${'x'.repeat(900)}"}`
    const words = lastWords(`${record}\npanic: failed to create WAL\n\n${stack}`)
    expect(words).toMatch(/"no space left on device".*…\npanic: failed to create WAL$/)
    expect(words.length).toBeLessThan(400)
  })
})
