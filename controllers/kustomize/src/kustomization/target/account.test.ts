// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { accountOf, formatAccount, impersonationOf } from './account.ts'

const named = (serviceAccountName?: string): Kustomization =>
  ({ metadata: { namespace: 'team', name: 'app' }, spec: { serviceAccountName } }) as Kustomization

describe('accountOf', () => {
  it.each([
    [undefined, '', undefined],
    ['', '', undefined],
    ['', 'default', 'ServiceAccount/team/default'],
    [undefined, 'default', 'ServiceAccount/team/default'],
    ['deployer', 'default', 'ServiceAccount/team/deployer'],
    ['a.b-c', '', 'ServiceAccount/team/a.b-c'],
  ])('%j with the default %j: %j', (name, byDefault, account) => {
    const found = accountOf(named(name), byDefault)
    expect(found === undefined ? undefined : formatAccount(found)).toBe(account)
  })
  it.each(['a:b', 'a b', 'A', '../x', 'x\r\nImpersonate-Group: system:masters', 'a'.repeat(254)])(
    'refuses %j',
    (name) => {
      expect(() => accountOf(named(name), '')).toThrow(expect.objectContaining({ code: 'AccountInvalid' }))
    },
  )
})

it('acts as the user of the account, whose groups the API server knows', () => {
  expect(impersonationOf({ namespace: 'team', name: 'deployer' })).toEqual({
    user: 'system:serviceaccount:team:deployer',
  })
})
