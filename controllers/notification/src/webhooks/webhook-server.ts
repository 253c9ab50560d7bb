// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isReady, toKey, webhookPrefix } from '@tidelock/api'
import type { Clock, Receiver } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { Informer, SecretData } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { answer, readBody } from '../http/read-body.ts'
import { pathIndex } from '../receiver/setup.ts'
import { readSecret } from '../secrets.ts'
import { requestReconciliation } from './annotate.ts'
import type { AnnotateDependencies } from './annotate.ts'
import { compileFilters } from './filters.ts'
import type { FilterInput } from './filters.ts'
import type { OidcTokens } from './oidc-tokens.ts'
import { isSame } from './signature.ts'
import { verifiers } from './table.ts'
import { refused } from './verifier.ts'
import type { Verdict, WebhookRequest } from './verifier.ts'

/** What the server works with. */
export interface WebhookDependencies extends AnnotateDependencies {
  readonly clock: Clock
  readonly log: Logger
  readonly oidc: OidcTokens
  /** With the index `path`. */
  readonly receivers: Informer<Receiver>
}

/**
 * Takes a webhook as Flux does: 404 for a path that no Receiver has, 413 for too much, 503 for a Receiver that is suspended or not
 * ready, 400 for a request that is not believed, 500 when an object could not be asked for, else 200.
 */
export async function handleWebhook(
  dependencies: WebhookDependencies,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const path = request.url ?? ''
  if (!path.startsWith(webhookPrefix)) return answer(response, 404)
  const body = await readBody(request, response)
  // no list of Receivers yet: whoever sends shall come again
  if (!dependencies.receivers.hasSynced()) return answer(response, 503)
  if (body === undefined) return
  const receiver = dependencies.receivers
    .byIndex(pathIndex, path)
    .find(({ status }) => isSame(path, status?.webhookPath ?? ''))
  if (receiver === undefined) return answer(response, 404)
  const log = dependencies.log.child({ receiver: toKey(receiver) })
  if (receiver.spec.suspend === true || !isReady(receiver)) {
    log.error(
      { suspended: receiver.spec.suspend === true },
      'unable to process request: receiver is suspended or not ready',
    )
    return answer(response, 503)
  }
  const webhook: WebhookRequest = { headers: joined(request), body }
  const verdict = await verify(dependencies, receiver, webhook, signal)
  if (verdict.kind === 'refused') {
    log.error({ reason: redact(verdict.reason) }, 'unable to validate payload')
    return answer(response, 400, {}, verdict.tell)
  }
  const count = await notify({ ...dependencies, log }, receiver, filterInput(webhook, verdict), signal)
  answer(response, count === undefined ? 500 : 200)
}

async function verify(
  { client, clock, oidc }: WebhookDependencies,
  receiver: Receiver,
  webhook: WebhookRequest,
  signal: AbortSignal,
): Promise<Verdict> {
  const { type, events = [], secretRef } = receiver.spec
  const verifier = verifiers[type]
  if (verifier === undefined) return refused(`receiver type '${type}' is not supported by this version`)
  try {
    const secret: SecretData =
      secretRef === undefined
        ? new Map()
        : await readSecret(client, receiver.metadata.namespace ?? '', secretRef.name, signal)
    const token = secret.get('token')
    if (secretRef !== undefined && token === undefined)
      return refused(`invalid '${secretRef.name}' secret data: required field 'token'`)
    const context = { receiver, secret, token: token?.toString('utf8') ?? '', oidc, now: () => clock.now(), signal }
    const verdict = await verifier.verify(webhook, context)
    if (verdict.kind === 'refused' || verifier.eventHeader === undefined || events.length === 0) return verdict
    const event = webhook.headers[verifier.eventHeader] ?? ''
    const isChosen = events.some((each) => each.toLowerCase() === event.toLowerCase())
    return isChosen ? verdict : refused(`the event "${event}" is not authorised`)
  } catch (error) {
    signal.throwIfAborted()
    return refused(errorMessage(error))
  }
}

/** How many objects were asked for; undefined when one of them failed. */
async function notify(
  dependencies: WebhookDependencies,
  receiver: Receiver,
  input: FilterInput | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { log } = dependencies
  if (input === undefined) {
    log.error({}, 'failed to parse request body as JSON')
    return undefined
  }
  const filters = compileFilters(receiver)
  const results = await Promise.allSettled(
    receiver.spec.resources.map((resource, index) => {
      const filter = filters[index] ?? (() => false)
      return requestReconciliation(dependencies, { receiver, resource, filter }, input, signal)
    }),
  )
  let count: number | undefined = 0
  for (const [index, result] of results.entries()) {
    const { kind, name } = receiver.spec.resources[index] ?? {}
    if (result.status === 'fulfilled') {
      log.info({ resource: `${kind}/${name}`, annotated: result.value }, 'reconciliation requested')
      if (count !== undefined) count += result.value
    } else {
      log.error({ resource: `${kind}/${name}`, error: errorMessage(result.reason) }, 'unable to request reconciliation')
      count = undefined
    }
  }
  return count
}

/** The body as filters see it: an object from JSON, an empty one for other content; undefined where JSON cannot be read. */
function filterInput(
  { headers, body }: WebhookRequest,
  { claims, payload }: Extract<Verdict, { kind: 'accepted' }>,
): FilterInput | undefined {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json' && payload === undefined) return { req: {}, claims }
  try {
    const req: unknown = JSON.parse(payload ?? body.toString('utf8'))
    if (typeof req !== 'object' || req === null || Array.isArray(req)) return undefined
    return { req: req as Record<string, unknown>, claims }
  } catch {
    return undefined
  }
}

function joined({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
