// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { KubeError } from '@tidelock/kube'
import { explainDenial, grantsFor } from './denial.ts'
import type { Target } from './target.ts'

const denied = (verb: string, plural: string, group: string, scope: string): string =>
  `User "system:serviceaccount:team:deployer" cannot ${verb} resource "${plural}" in API group "${group}" ${scope}`
const inProd = 'in the namespace "prod"'

it.each([
  ['connection refused', ''],
  [
    denied('patch', 'configmaps', '', inProd),
    'to allow it, bind ServiceAccount/team/deployer by a RoleBinding in namespace prod to a role with patch on configmaps',
  ],
  [
    [
      denied('patch', 'deployments', 'apps', inProd),
      denied('get', 'configmaps', '', inProd),
      denied('patch', 'configmaps', '', inProd),
    ].join('\n'),
    'to allow it, bind ServiceAccount/team/deployer by a RoleBinding in namespace prod to a role with get, patch on configmaps, deployments.apps',
  ],
  [
    denied('patch', 'clusterroles', 'rbac.authorization.k8s.io', 'at the cluster scope'),
    'to allow it, bind ServiceAccount/team/deployer by a ClusterRoleBinding to a role with patch on clusterroles.rbac.authorization.k8s.io',
  ],
  [
    'users "x" is forbidden: User "remote" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "team"',
    'to allow it, bind User remote by a RoleBinding in namespace team to a role with impersonate on serviceaccounts',
  ],
  [
    'configmaps is forbidden: User "remote" cannot impersonate-on:serviceaccount:patch resource "configmaps" in API group "" in the namespace "prod"',
    'to allow it, bind User remote by a RoleBinding in namespace team to a role with impersonate on serviceaccounts',
  ],
])('%s', (message, grants) => {
  expect(grantsFor(message, { namespace: 'team', name: 'deployer' })).toBe(grants)
})

const signal = new AbortController().signal
const error = new Error(denied('patch', 'configmaps', '', inProd))

function target(find: () => Promise<object | undefined>): Target {
  return { account: { namespace: 'team', name: 'deployer' }, observer: { find } } as unknown as Target
}

it('says that the account does not exist', async () => {
  const explained = await explainDenial(
    error,
    target(async () => undefined),
    signal,
  )
  expect(explained.message).toBe(
    `${error.message}\nServiceAccount/team/deployer does not exist: create it and give it rights, or name another one in spec.serviceAccountName`,
  )
})

it.each([
  ['exists', async () => ({})],
  ['may not be looked up', () => Promise.reject(new KubeError('Forbidden', 'no'))],
  ['cannot be looked up', () => Promise.reject(new KubeError('Unreachable', 'no'))],
])('says what to grant when the account %s', async (_case, find) => {
  const explained = await explainDenial(error, target(find), signal)
  expect(explained.message).toBe(`${error.message}\n${grantsFor(error.message)}`)
})

it('gives advice first where the message is so long that its end may be lost', async () => {
  const long = new Error(`${error.message}\n`.repeat(100))
  const explained = await explainDenial(
    long,
    target(async () => ({})),
    signal,
  )
  expect(explained.message.startsWith('to allow it, bind ')).toBe(true)
})

it('leaves other errors as they are', async () => {
  const other = new Error('connection refused')
  expect(
    await explainDenial(
      other,
      target(async () => undefined),
      signal,
    ),
  ).toBe(other)
})
