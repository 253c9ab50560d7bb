// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from 'node:http'
import type { Kind, KubeObject } from '@tidelock/api'
import { KubeClient } from '../src/client.ts'
import { Informer } from '../src/informer.ts'
import type { InformerOptions } from '../src/informer-types.ts'
import type { KubeLog } from '../src/log.ts'
import { eventually } from '@tidelock/testkit'
import { FakeApiServer, configMap, sendJson, sendStatus } from './fake-api-server.ts'
import type { SeenRequest } from './fake-api-server.ts'

/** A watch that the fake server has accepted and that is the test's to feed. */
export interface FedWatch {
  readonly request: SeenRequest
  readonly response: ServerResponse
}

/** An informer and what its handler was told: `+a@1` new, `a@1>a@2` changed, `-a@2` gone. */
export interface Followed<T> {
  readonly informer: Informer<T>
  readonly changes: string[]
}

const kind: Kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }

/** A fake API server with one collection, and informers that follow it. */
export class InformerScene implements AsyncDisposable {
  readonly kind: Kind = kind
  readonly watches: FedWatch[] = []
  readonly lists: SeenRequest[] = []
  readonly logged: string[] = []
  readonly stop: AbortController = new AbortController()
  /** What the next lists answer; the last one stays. */
  content: { items: object[]; resourceVersion: string }[] = [
    { items: [configMap('a', '1'), configMap('b', '2')], resourceVersion: '5' },
  ]
  streaming: 'refused' | 'served' = 'refused'
  /** May answer a request before it becomes a list or a watch; returns whether it did. */
  refuse: (request: SeenRequest, response: ServerResponse) => boolean = () => false
  readonly client: KubeClient
  readonly #server: FakeApiServer

  private constructor(server: FakeApiServer) {
    this.#server = server
    this.client = new KubeClient({ target: { server: server.url }, userAgent: 'test' })
    server.handler = (request, response) => this.#answer(request, response)
  }

  static async start(): Promise<InformerScene> {
    return new InformerScene(await FakeApiServer.start(() => {}))
  }

  follow<T = KubeObject>(options: Partial<InformerOptions<T>> = {}): Followed<T> {
    const changes: string[] = []
    const error = (_fields: object, message: string): void => void this.logged.push(message)
    const log: KubeLog = { debug: () => {}, info: () => {}, warn: () => {}, error }
    const informer = new Informer<T>({ client: this.client, kind, log, backoffMs: { min: 5, max: 20 }, ...options })
    const name = (obj: T): string => {
      const { metadata } = obj as KubeObject
      return `${metadata.name}@${metadata.resourceVersion}`
    }
    informer.subscribe({
      upsert: (now, before) =>
        void changes.push(before === undefined ? `+${name(now)}` : `${name(before)}>${name(now)}`),
      remove: (last) => void changes.push(`-${name(last)}`),
    })
    void informer.start(this.stop.signal)
    return { informer, changes }
  }

  /** Waits for the watch of this number. */
  async watchNumber(n: number): Promise<FedWatch> {
    return eventually(() => {
      const watch = this.watches[n]
      if (watch === undefined) throw new Error(`there are ${this.watches.length} watches yet`)
      return watch
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort(new Error('the test is over'))
    await this.client.close()
    await this.#server[Symbol.asyncDispose]()
  }

  #answer(request: SeenRequest, response: ServerResponse): void {
    if (this.refuse(request, response)) return
    if (request.query.has('sendInitialEvents') && this.streaming === 'refused')
      return sendStatus(response, 422, 'Invalid')
    if (request.query.has('watch')) {
      response.writeHead(200).flushHeaders()
      this.watches.push({ request, response })
      return
    }
    this.lists.push(request)
    const [next] = this.content.length > 1 ? this.content.splice(0, 1) : this.content
    sendJson(response, 200, { items: next?.items, metadata: { resourceVersion: next?.resourceVersion } })
  }
}
