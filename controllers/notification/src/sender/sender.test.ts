// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { createMask } from './sender.ts'

const nothing = { secret: new Map<string, Buffer>(), headers: {}, address: 'https://dev.azure.com/org', token: '' }

it.each([
  ['Bearer cloud-token', 'cloud-token is none'],
  [`Basic ${Buffer.from(':cloud-token').toString('base64')}`, 'cloud-token is none'],
  [
    `Basic ${Buffer.from(':cloud-token').toString('base64')}`,
    `${Buffer.from(':cloud-token').toString('base64')} is none`,
  ],
])(
  'of an authorization %s that no Secret holds, a service that says "%s" shows nothing',
  (cloudAuthorization, said) => {
    expect(createMask({ ...nothing, cloudAuthorization })(said)).toBe('***** is none')
  },
)
