// SPDX-License-Identifier: Apache-2.0
import type { Clock, Kind, KubeObject } from '@tidelock/api'
import type {
  ApplyOptions,
  DeleteOptions,
  GetOptions,
  KubeClientOptions,
  ListOptions,
  ListResult,
  ObjectInput,
  PatchOptions,
  RequestOptions,
  WriteOptions,
} from './client-options.ts'
import type { ConnectionGate } from './connection-gate.ts'
import { Discovery } from './discovery.ts'
import type { GroupVersionKind } from './discovery.ts'
import { DiscoverySource } from './discovery-source.ts'
import { isKubeError } from './kube-error.ts'
import { parseAnswer } from './parse-answer.ts'
import { isListExpired, listPages, metadataAccept } from './list-pages.ts'
import type { ListPage } from './list-pages.ts'
import { refOf } from './object-ref.ts'
import type { ObjectRef } from './object-ref.ts'
import { resourcePath, withQuery } from './request-paths.ts'
import type { RequestSlots } from './request-slots.ts'
import { Requester } from './requester.ts'
import type { ApiRequest, RequestSubject } from './requester.ts'
import { StreamingSupport } from './streaming-support.ts'
import type { Impersonation } from './target.ts'
import { requestToken } from './token-request.ts'
import type { IssuedToken, TokenRequest } from './token-request.ts'
import { openWatch } from './watch.ts'
import type { WatchOptions, WatchSession, WatchSink } from './watch.ts'
import { patchContentTypes, patchQuery, patchRepeatability, writeQuery } from './write-options.ts'

/** A request to any path, for what has no method of its own (`/readyz`, `/version`). */
export interface RawRequest extends RequestOptions {
  /** Default GET. */
  readonly method?: string
  /** Path with query, relative to the server's URL. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The answer to a raw request. */
export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A client on the connections of another: what is absent is as with that one. */
export interface DerivedClientOptions {
  readonly parent: KubeClient
  readonly impersonate?: Impersonation
  readonly slots?: RequestSlots
}

interface Shared {
  readonly requester: Requester
  readonly discovery: Discovery
  readonly streaming: StreamingSupport
}

/**
 * A client of one Kubernetes API server. Objects are plain JSON as the server sent them. Every method throws KubeError,
 * or the signal's reason when given up; 429, 5xx and lost connections are repeated within bounds where that is safe.
 */
export class KubeClient {
  readonly #shared: Shared
  readonly #impersonate: Impersonation | undefined
  readonly #slots: RequestSlots | undefined
  readonly #owner: boolean

  constructor(options: KubeClientOptions | DerivedClientOptions) {
    this.#owner = !('parent' in options)
    this.#shared = 'parent' in options ? options.parent.#shared : createShared(options)
    this.#impersonate =
      'parent' in options ? (options.impersonate ?? options.parent.#impersonate) : options.target.impersonate
    this.#slots = 'parent' in options ? (options.slots ?? options.parent.#slots) : undefined
  }

  /** Host and port of the server. */
  get host(): string {
    return this.#shared.requester.host
  }

  /** The clock that the client was given. */
  get clock(): Clock {
    return this.#shared.requester.clock
  }

  /** What informers of this client wait at while the server is away. */
  get gate(): ConnectionGate {
    return this.#shared.requester.gate
  }

  /** Which API groups were found not to stream their lists. */
  get streaming(): StreamingSupport {
    return this.#shared.streaming
  }

  /** A client that acts as somebody else. It shares connections and discovery with this one and ends with it. */
  as(impersonate: Impersonation): KubeClient {
    return new KubeClient({ parent: this, impersonate })
  }

  /** A client whose requests, watches aside, take slots that they may share with those of other clients. It ends with this one. */
  within(slots: RequestSlots): KubeClient {
    return new KubeClient({ parent: this, slots })
  }

  /** Ends all connections; requests and watches that run fail with Unreachable. Does nothing on a client made by `as` or `within`. */
  async close(): Promise<void> {
    if (this.#owner) await this.#shared.requester.close()
  }

  /** The served resource for a kind; see Discovery. Throws KindNotFound. */
  resolve(gvk: GroupVersionKind, signal?: AbortSignal): Promise<Kind> {
    return this.#shared.discovery.resolve(gvk, signal)
  }

  /** Reads an object. Throws NotFound. */
  async get<T extends KubeObject = KubeObject>(ref: ObjectRef, options: GetOptions = {}): Promise<T> {
    const kind = await this.resolve(ref, options.signal)
    const found = await this.#object<T>({
      method: 'GET',
      path: resourcePath(kind, { ...ref, subresource: options.subresource }),
      subject: subject('get', kind, ref, options.subresource),
      repeatability: 'idempotent',
      accept: options.metadataOnly === true ? metadataAccept : 'application/json',
      ref,
      signal: options.signal,
    })
    return options.metadataOnly === true ? Object.assign(found, { apiVersion: ref.apiVersion, kind: ref.kind }) : found
  }

  /** Reads an object; undefined if there is none (or not even its kind). */
  async find<T extends KubeObject = KubeObject>(ref: ObjectRef, options: GetOptions = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(ref, options)
    } catch (error) {
      if (isKubeError(error, 'NotFound', 'KindNotFound')) return undefined
      throw error
    }
  }

  /** Reads a whole list, page by page. If the list expires on the way it is read again in one piece. */
  async list<T extends KubeObject = KubeObject>(kind: Kind, options: ListOptions = {}): Promise<ListResult<T>> {
    try {
      return await collect(this.pages<T>(kind, options))
    } catch (error) {
      if (!isListExpired(error)) throw error
      return collect(this.pages<T>(kind, { ...options, limit: 0 }))
    }
  }

  /** The pages of a consistent list. Throws Gone if it expires on the way. */
  pages<T extends KubeObject = KubeObject>(
    kind: Kind,
    options: ListOptions = {},
  ): AsyncGenerator<ListPage<T>, void, void> {
    return listPages<T>(async (request) => (await this.#send(request)).body, kind, options)
  }

  /** Opens one watch; it ends when the server ends it. Most callers want an Informer. */
  watch(kind: Kind, options: WatchOptions, sink: WatchSink): Promise<WatchSession> {
    const open = (request: ApiRequest, stream: Parameters<Requester['open']>[1]): Promise<void> =>
      this.#shared.requester.open(this.#with(request), stream)
    return openWatch({ open, clock: this.clock }, kind, options, sink)
  }

  /** Creates an object. Repeated only when the server refused to look at it: a second create could not tell its own success. */
  async create<T extends KubeObject = KubeObject>(obj: ObjectInput, options: WriteOptions = {}): Promise<T> {
    const { subresource, target: ref = refOf(obj) } = options
    const kind = await this.resolve(ref, options.signal)
    // the collection takes new objects, a subresource belongs to an object
    const path = resourcePath(kind, subresource === undefined ? { namespace: ref.namespace } : { ...ref, subresource })
    return this.#object<T>({
      method: 'POST',
      path: withQuery(path, writeQuery(options)),
      subject: subject('create', kind, ref, subresource),
      repeatability: options.dryRun === true ? 'idempotent' : 'once',
      body: JSON.stringify(obj),
      ref,
      signal: options.signal,
    })
  }

  /** Replaces an object, or its status or another subresource. Under a resourceVersion it throws Conflict when somebody was faster. */
  async replace<T extends KubeObject = KubeObject>(obj: ObjectInput, options: WriteOptions = {}): Promise<T> {
    const { subresource, target: ref = refOf(obj) } = options
    const kind = await this.resolve(ref, options.signal)
    return this.#object<T>({
      method: 'PUT',
      path: withQuery(resourcePath(kind, { ...ref, subresource }), writeQuery(options)),
      subject: subject('update', kind, ref, subresource),
      repeatability: options.dryRun === true || obj.metadata.resourceVersion !== undefined ? 'idempotent' : 'once',
      body: JSON.stringify(obj),
      ref,
      signal: options.signal,
    })
  }

  /** Patches an object, its status or another subresource. */
  async patch<T extends KubeObject = KubeObject>(ref: ObjectRef, options: PatchOptions): Promise<T> {
    const kind = await this.resolve(ref, options.signal)
    return this.#object<T>({
      method: 'PATCH',
      path: withQuery(resourcePath(kind, { ...ref, subresource: options.subresource }), patchQuery(options)),
      subject: subject('patch', kind, ref, options.subresource),
      repeatability: patchRepeatability(options),
      contentType: patchContentTypes[options.type],
      body: JSON.stringify(options.body),
      ref,
      signal: options.signal,
    })
  }

  /** Server-side apply of the object as given. Throws Conflict, with the other managers as causes, unless `force`. */
  apply<T extends KubeObject = KubeObject>(obj: ObjectInput, options: ApplyOptions): Promise<T> {
    return this.patch<T>(refOf(obj), { ...options, type: 'apply', body: obj })
  }

  /** Asks for an object's deletion; finalizers may keep it for a while. Throws NotFound, and Conflict when a precondition fails. */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const kind = await this.resolve(ref, options.signal)
    const { uid, resourceVersion, propagation, gracePeriodSeconds, dryRun } = options
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(uid === undefined && resourceVersion === undefined ? {} : { preconditions: { uid, resourceVersion } }),
      ...(dryRun === true ? { dryRun: ['All'] } : {}),
    }
    await this.#send({
      method: 'DELETE',
      path: resourcePath(kind, ref),
      subject: subject('delete', kind, ref),
      repeatability: uid !== undefined || dryRun === true ? 'idempotent' : 'once',
      body: JSON.stringify(body),
      ref,
      signal: options.signal,
    })
  }

  /** Asks for a token of a service account (TokenRequest). */
  createToken(account: Pick<ObjectRef, 'namespace' | 'name'>, request: TokenRequest = {}): Promise<IssuedToken> {
    return requestToken(async (apiRequest) => (await this.#send(apiRequest)).body, account, request)
  }

  /** Sends any request; an answer of 400 or more is thrown as KubeError. */
  async raw({ method = 'GET', path, headers, body, signal }: RawRequest): Promise<RawResponse> {
    return this.#send({
      method,
      path,
      subject: { verb: 'raw', resource: '', group: '', namespace: '', name: '' },
      repeatability: method === 'GET' || method === 'HEAD' ? 'idempotent' : 'once',
      headers,
      body,
      signal,
    })
  }

  async #object<T extends KubeObject>(request: ApiRequest): Promise<T> {
    const { body } = await this.#send(request)
    return parseAnswer<T>(body, `${request.method} ${request.path}`, request.ref)
  }

  async #send(request: ApiRequest): Promise<RawResponse> {
    try {
      const send = (): Promise<RawResponse> => this.#shared.requester.send(this.#with(request))
      return await (this.#slots === undefined ? send() : this.#slots.run(send, request.signal))
    } catch (error) {
      if (isKubeError(error, 'KindNotFound') && request.ref !== undefined) this.#shared.discovery.forget(request.ref)
      throw error
    }
  }

  #with(request: ApiRequest): ApiRequest {
    return this.#impersonate === undefined ? request : { ...request, impersonate: this.#impersonate }
  }
}

function createShared(options: KubeClientOptions): Shared {
  const requester = new Requester(options)
  const source = new DiscoverySource(async (path, accept, etag) => {
    const { status, headers, body } = await requester.send({
      method: 'GET',
      path,
      subject: { verb: 'get', resource: 'discovery', group: '', namespace: '', name: '' },
      repeatability: 'idempotent',
      accept,
      headers: etag === undefined ? {} : { 'if-none-match': etag },
    })
    return { status, etag: headers.etag, body }
  })
  return {
    requester,
    discovery: new Discovery({ source, clock: requester.clock }),
    streaming: new StreamingSupport(),
  }
}

async function collect<T>(pages: AsyncGenerator<ListPage<T>, void, void>): Promise<ListResult<T>> {
  const items: T[] = []
  let resourceVersion = ''
  for await (const page of pages) {
    for (const item of page.items) items.push(item)
    resourceVersion = page.resourceVersion
  }
  return { items, resourceVersion }
}

function subject(
  verb: RequestSubject['verb'],
  kind: Kind,
  ref: Pick<ObjectRef, 'namespace' | 'name'>,
  subresource?: string,
): RequestSubject {
  return {
    verb,
    resource: subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`,
    group: kind.group,
    namespace: ref.namespace ?? '',
    name: ref.name,
  }
}
