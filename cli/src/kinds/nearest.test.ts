// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { nearest } from './nearest.ts'

describe('nearest', () => {
  const words = ['Kustomization', 'GitRepository', 'Alert']
  it.each([
    ['Kustomizatoin', ' (Did you mean Kustomization?)'],
    ['gitrepo', ''],
    ['gitrepositry', ' (Did you mean GitRepository?)'],
    ['alret', ' (Did you mean Alert?)'],
    ['Deployment', ''],
  ])('%s%s', (text, hint) => expect(nearest(text, words)).toBe(hint))
})
