// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'

/** What the API server asks of a webhook (admission.k8s.io/v1), as far as tests look at it. */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly dryRun?: boolean
  readonly object: KubeObject | null
  readonly oldObject: KubeObject | null
}

/** What a webhook answers: let through, changed by a JSON patch, or refused with words. `hang` never answers. */
export type AdmissionAnswer =
  | { readonly allow: true; readonly patch?: readonly object[] }
  | { readonly allow: false; readonly message: string; readonly code?: number }
  | 'hang'

/** How a webhook is registered. */
export interface AdmissionWebhookOptions {
  readonly client: KubeClient
  /** Only what happens in this namespace comes to the webhook. */
  readonly namespace: string
  /** `configmaps`, of the core group; or with a group: `apps/deployments`. */
  readonly resource: string
  readonly type: 'Mutating' | 'Validating'
  readonly answer: (request: AdmissionRequest) => AdmissionAnswer
  /** How long the API server waits, 1 to 30 seconds. Default 5. */
  readonly timeoutSeconds?: number
}

const certificates = new URL('../../http/testdata/tls/', import.meta.url)

/** An admission webhook in this process, registered with the API server for one namespace until it is disposed of. */
export class AdmissionWebhook implements AsyncDisposable {
  readonly requests: AdmissionRequest[] = []
  readonly #server: Server
  readonly #unregister: () => Promise<void>

  private constructor(server: Server, requests: AdmissionRequest[], unregister: () => Promise<void>) {
    this.#server = server
    this.requests = requests
    this.#unregister = unregister
  }

  static async start(options: AdmissionWebhookOptions): Promise<AdmissionWebhook> {
    const pem = (name: string): Promise<string> => readFile(new URL(name, certificates), 'utf8')
    const [ca, cert, key] = await Promise.all([pem('ca.crt'), pem('server.crt'), pem('server.key')])
    const requests: AdmissionRequest[] = []
    const server = createServer({ cert, key }, (message, response) => {
      const answer = async (): Promise<void> => {
        const { request } = (await json(message)) as { request: AdmissionRequest }
        requests.push(request)
        const given = options.answer(request)
        if (given !== 'hang') response.setHeader('content-type', 'application/json').end(review(request.uid, given))
      }
      answer().catch(() => response.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const configuration = toConfiguration(options, url, Buffer.from(ca).toString('base64'))
    await options.client.create(configuration)
    const { apiVersion, kind, metadata } = configuration
    return new AdmissionWebhook(server, requests, () =>
      options.client.delete({ apiVersion, kind, name: metadata.name }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unregister()
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

function review(uid: string, answer: Exclude<AdmissionAnswer, 'hang'>): string {
  const response = answer.allow
    ? {
        uid,
        allowed: true,
        ...(answer.patch === undefined
          ? {}
          : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(answer.patch)).toString('base64') }),
      }
    : { uid, allowed: false, status: { message: answer.message, code: answer.code ?? 403 } }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

function toConfiguration(options: AdmissionWebhookOptions, url: string, caBundle: string): KubeObject {
  const [resource = '', apiGroup = ''] = options.resource.split('/').reverse()
  const name = `${options.namespace}-${randomBytes(3).toString('hex')}.tidelock.dev`
  const webhook = {
    name,
    clientConfig: { url, caBundle },
    rules: [
      { apiGroups: [apiGroup], apiVersions: ['*'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: [resource] },
    ],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': options.namespace } },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Fail',
    timeoutSeconds: options.timeoutSeconds ?? 5,
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${options.type}WebhookConfiguration`,
    metadata: { name },
    webhooks: [webhook],
  }
}
