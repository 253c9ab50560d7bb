// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { parseOptions } from './options.ts'

const account = '--default-service-account=tenant'

it('wants the gate for an account that stands for Providers without one', () => {
  const gate = '--feature-gates=ObjectLevelWorkloadIdentity=true'
  expect(() => parseOptions([account], {}, '/tmp')).toThrow(/needs --feature-gates=ObjectLevelWorkloadIdentity/)
  expect(parseOptions([account, gate], {}, '/tmp')).toMatchObject({ defaultServiceAccount: 'tenant' })
})
