// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Alert, FluxEvent, Provider, ProviderType } from '@tidelock/api'
import type { Notifier } from '../src/providers/notifier.ts'
import { notifiers } from '../src/providers/table.ts'
import { readDestination } from '../src/sender/destination.ts'
import { createSender } from '../src/sender/sender.ts'

/** A request that a service got. */
interface Received {
  /** `POST /path?query`. */
  readonly line: string
  readonly headers: IncomingMessage['headers']
  /** Parsed where it is JSON, else its text; undefined without a body. */
  readonly body: unknown
}

/** A stand-in for a service: answers by the request's line, 200 and `{}` where nothing is said, and keeps what it got. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
}

type Answers = Readonly<Record<string, { readonly status?: number; readonly body?: unknown }>>

/** Starts a service on a free port. */
export async function startService(answers: Answers = {}): Promise<Service> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const line = `${request.method} ${request.url}`
      received.push({ line, headers: request.headers, body: bodyOf(text, request.headers['content-type']) })
      const { status = 200, body = {} } = answers[line] ?? {}
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function bodyOf(text: string, type = ''): unknown {
  if (text === '') return undefined
  return type.startsWith('application/json') ? JSON.parse(text) : text
}

/** An event of the Kustomization apps/shop. */
export function eventWith(changes: Partial<FluxEvent> = {}): FluxEvent {
  return {
    involvedObject: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: 'apps',
      name: 'shop',
      uid: 'object-uid',
    },
    severity: 'info',
    timestamp: '2026-01-02T03:04:05Z',
    message: 'Applied revision',
    reason: 'ReconciliationSucceeded',
    reportingController: 'kustomize-controller',
    metadata: { revision: `main@sha1:${'a'.repeat(40)}` },
    ...changes,
  }
}

/** A Provider of that type. */
export function providerOf(type: ProviderType, spec: Partial<Provider['spec']> = {}): Provider {
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
    kind: 'Provider',
    metadata: { name: 'tell', namespace: 'apps', uid: '0c9c2e41-d2f9-4f9b-9c41-bebc1984d67a' },
    spec: { type, ...spec },
  }
}

/** An Alert of that Provider. */
export const alert: Alert = {
  apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
  kind: 'Alert',
  metadata: { name: 'all', namespace: 'apps' },
  spec: { providerRef: { name: 'tell' }, eventSources: [{ kind: 'Kustomization', name: '*' }] },
}

/** Tells an event to a Provider with this Secret, by another notifier than that of its type where one is given. Throws what the notifier throws. */
export async function tell(
  provider: Provider,
  event: FluxEvent,
  secret: Record<string, string> = {},
  notifier: Notifier | undefined = notifiers[provider.spec.type],
): Promise<void> {
  const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  const destination = readDestination(provider, { secret: data })
  const sender = createSender(destination, { userAgent: 'test', now: () => 0 })
  if (notifier === undefined) throw new Error(`no notifier for ${provider.spec.type}`)
  try {
    await notifier({ event, alert, provider }, destination, sender, new AbortController().signal)
  } finally {
    await sender.close()
  }
}
