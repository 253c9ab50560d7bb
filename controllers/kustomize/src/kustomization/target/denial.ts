// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { isKubeError } from '@tidelock/kube'
import { formatAccount } from './account.ts'
import type { Account } from './account.ts'
import type { Target } from './target.ts'

/** Something that a user may not do, as the API server says it. */
interface Denial {
  readonly user: string
  readonly verb: string
  /** With its group: `deployments.apps`. */
  readonly resource: string
  /** Undefined: in the whole cluster. */
  readonly namespace: string | undefined
}

/** Above this length the advice comes first. */
const longMessage = 10_000

const denied =
  /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)"| at the cluster scope)/g

/** What the message says was denied; empty when nothing was. */
function parseDenials(message: string, account: Account | undefined): Denial[] {
  return Array.from(message.matchAll(denied), ([, user = '', verb = '', plural = '', group = '', namespace]) => {
    // servers with constrained impersonation name the finer right that they looked for first; the plain one serves everywhere
    if (verb.startsWith('impersonate')) {
      return { user, verb: 'impersonate', resource: 'serviceaccounts', namespace: account?.namespace ?? namespace }
    }
    return { user, verb, resource: group === '' ? plural : `${plural}.${group}`, namespace }
  })
}

/**
 * What to grant so that nothing in the message is denied any more: one line a user and scope. Empty when nothing was denied. Several
 * verbs and resources of a line are granted together. `account` is the one that was acted for.
 */
export function grantsFor(message: string, account?: Account): string {
  const scopes = new Map<
    string,
    { readonly denial: Denial; readonly verbs: Set<string>; readonly resources: Set<string> }
  >()
  for (const denial of parseDenials(message, account)) {
    const id = JSON.stringify([denial.user, denial.namespace])
    const scope = scopes.get(id) ?? { denial, verbs: new Set(), resources: new Set() }
    scopes.set(id, scope)
    scope.verbs.add(denial.verb)
    scope.resources.add(denial.resource)
  }
  return Array.from(scopes.values(), ({ denial: { user, namespace }, verbs, resources }) => {
    const binding = namespace === undefined ? 'ClusterRoleBinding' : `RoleBinding in namespace ${namespace}`
    const rule = `${[...verbs].sort().join(', ')} on ${[...resources].sort().join(', ')}`
    return `to allow it, bind ${formatUser(user)} by a ${binding} to a role with ${rule}`
  }).join('\n')
}

function formatUser(user: string): string {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? []
  return namespace === undefined || name === undefined ? `User ${user}` : formatAccount({ namespace, name })
}

/** The error with what to grant, if it tells of denied requests, and with the news that the account does not exist, if so. */
export async function explainDenial(error: Error, target: Target, signal: AbortSignal): Promise<Error> {
  const message = errorMessage(error)
  const grants = grantsFor(message, target.account)
  if (grants === '') return error
  const missing = (await isMissing(target, signal)) ? missingMessage(target) : undefined
  const advice = missing ?? grants
  // a long message loses its end
  const text = message.length > longMessage ? `${advice}\n${message}` : `${message}\n${advice}`
  return new Error(text, { cause: error })
}

function missingMessage({ account }: Target): string {
  const name = account === undefined ? '' : formatAccount(account)
  return `${name} does not exist: create it and give it rights, or name another one in spec.serviceAccountName`
}

/** Whether the account of the target is known not to exist; what cannot be looked up may well exist. */
async function isMissing(target: Target, signal: AbortSignal): Promise<boolean> {
  try {
    return !(await accountExists(target, signal))
  } catch {
    signal.throwIfAborted()
    return false
  }
}

/** Whether the account of the target exists, in the cluster where it acts. Throws KubeError when that cannot be told. */
export async function accountExists({ account, observer }: Target, signal: AbortSignal): Promise<boolean> {
  if (account === undefined) return true
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', ...account }
  try {
    return (await observer.find(ref, { signal, metadataOnly: true })) !== undefined
  } catch (error) {
    // whoever may not look is left to try
    if (isKubeError(error, 'Forbidden')) return true
    throw error
  }
}
