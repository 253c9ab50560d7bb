// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { reasons, receiverReasons, webhookPath } from '@tidelock/api'
import type { Receiver } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { KubeClient } from '@tidelock/kube'
import { next } from '@tidelock/runtime'
import type { Outcome, ReconcileContext, Reconciler, Step } from '@tidelock/runtime'
import { compileFilters } from '../webhooks/filters.ts'
import { checkOidcExpressions } from '../webhooks/generic-oidc.ts'
import { verifiers } from '../webhooks/table.ts'
import { readSecret } from '../secrets.ts'

const terminalPrefix = 'Reconciliation failed terminally due to configuration error'

/** Gives a Receiver its path: checks its expressions and settings, reads the token. */
export function createReceiverReconciler(client: KubeClient): Reconciler<Receiver> {
  return {
    async reconcile(context, obj) {
      const checked = checkSpec(obj)
      if (checked.kind !== 'next') return checked
      const token = await readToken(client, obj, context)
      if (token.kind !== 'next') return token
      const path = webhookPath(token.value, obj.metadata, (text) => hash('sha256', text))
      obj.status = { ...obj.status, webhookPath: path }
      return { kind: 'succeeded', reason: reasons.succeeded, message: `Receiver initialized for path: ${path}` }
    },
    finalize: () => Promise.resolve({ kind: 'succeeded' }),
  }
}

function checkSpec(obj: Receiver): Step<undefined> {
  try {
    compileFilters(obj)
    checkOidcExpressions(obj)
  } catch (error) {
    return stalled(reasons.invalidCELExpression, errorMessage(error))
  }
  const { type } = obj.spec
  const problem = specProblem(obj) ?? verifiers[type]?.problem?.(obj)
  if (problem !== undefined) return stalled(receiverReasons.validationFailed, problem)
  if (verifiers[type] === undefined)
    return stalled(receiverReasons.validationFailed, `receiver type '${type}' is not supported by this version`)
  return next(undefined)
}

/** What the CRD's own rules say, for API servers that do not run them. */
function specProblem({ spec: { type, oidcProviders = [], secretRef } }: Receiver): string | undefined {
  const isOidc = type === 'generic-oidc'
  if (isOidc && oidcProviders.length === 0) return 'generic-oidc receiver requires at least one oidcProvider'
  if (!isOidc && oidcProviders.length > 0) return 'oidcProviders can only be set when type is generic-oidc'
  if (isOidc && secretRef !== undefined) return 'secretRef cannot be set when type is generic-oidc'
  if (!isOidc && secretRef === undefined) return 'secretRef is required when type is not generic-oidc'
  return undefined
}

function stalled(reason: string, problem: string): Extract<Outcome, { kind: 'stalled' }> {
  const message = `${terminalPrefix}: ${problem}`
  return { kind: 'stalled', reason, error: new Error(message), message, observe: true }
}

async function readToken(client: KubeClient, obj: Receiver, { signal }: ReconcileContext): Promise<Step<string>> {
  const { secretRef } = obj.spec
  if (secretRef === undefined) return next('')
  const { namespace = '' } = obj.metadata
  const place = `${namespace}/${secretRef.name}`
  let problem: string
  try {
    const token = (await readSecret(client, namespace, secretRef.name, signal)).get('token')
    if (token !== undefined) return next(token.toString('utf8'))
    problem = `invalid '${place}' secret data: required fields 'token'`
  } catch (error) {
    problem = `unable to read token from secret '${place}' error: ${errorMessage(error)}`
  }
  const { webhookPath: _gone, ...status } = obj.status ?? {}
  obj.status = status
  return { kind: 'failed', reason: receiverReasons.tokenNotFound, error: new Error(problem) }
}
