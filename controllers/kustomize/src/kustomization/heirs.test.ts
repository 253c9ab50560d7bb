// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { Heirs } from './heirs.ts'

const key = (name: string) => ({ namespace: 'apps', name })
const id = 'apps_shared__ConfigMap'

describe('what was left to an heir', () => {
  it('may be deleted by it while the labels name who left it', () => {
    const heirs = new Heirs()
    heirs.leave(key('heir'), id, key('former'))
    expect(heirs.mayDelete(key('heir'), id, key('former'))).toBe(true)
    expect(heirs.mayDelete(key('heir'), id, key('somebody'))).toBe(false)
    expect(heirs.mayDelete(key('heir'), 'apps_other__ConfigMap', key('former'))).toBe(false)
    expect(heirs.mayDelete(key('stranger'), id, key('former'))).toBe(false)
  })

  it('is forgotten when the heir has applied it', () => {
    const heirs = new Heirs()
    heirs.leave(key('heir'), id, key('former'))
    heirs.forget(key('heir'))
    expect(heirs.mayDelete(key('heir'), id, key('former'))).toBe(false)
  })
})
