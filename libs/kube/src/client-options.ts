// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { ObjectRef } from './object-ref.ts'
import type { ClusterTarget } from './target.ts'

/** One finished HTTP exchange (a retried request is reported once per try). For metrics: no secrets in it. */
export interface RequestInfo {
  readonly method: string
  /** HTTP status, or `<error>` when no answer arrived (as client-go labels it). */
  readonly code: string
  readonly host: string
  /** Time to the last byte; of a watch, to its response headers. */
  readonly durationMs: number
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'raw'
  /** Plural resource with its subresource, `deployments/scale`; empty for raw requests. */
  readonly resource: string
  readonly group: string
  readonly namespace: string
  readonly name: string
}

/** A token bucket: `burst` requests at once, then `qps` a second. */
export interface RateLimit {
  readonly qps: number
  readonly burst: number
}

/** How often and how long failed requests are repeated before they are thrown. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number
  readonly baseMs: number
  /** Bound of one wait; also of a Retry-After that is honoured here. A longer one is thrown to the caller. */
  readonly maxMs: number
}

/** What a KubeClient is made of. */
export interface KubeClientOptions {
  readonly target: ClusterTarget
  readonly userAgent: string
  readonly clock?: Clock
  readonly random?: () => number
  /** Called after each HTTP exchange. */
  readonly onRequest?: (info: RequestInfo) => void
  /** Called with each Warning that the server sends (deprecated kinds, unknown fields…). */
  readonly onWarning?: (text: string, info: { readonly method: string; readonly path: string }) => void
  /** Used only until a response shows that the server has priority and fairness; absent means unlimited. */
  readonly rateLimit?: RateLimit
  readonly retry?: Partial<RetryPolicy>
  /** Connections for requests; watches have their own beside these. Default 64. */
  readonly maxConnections?: number
  /** How long the server may take to begin its answer. Default 65 s, just above the server's own request timeout. */
  readonly requestTimeoutMs?: number
  /** How long one answer may take to its last byte, watches excepted: a server that trickles holds nobody. Absent means for ever. */
  readonly exchangeTimeoutMs?: number
  /** Default 10 s. */
  readonly connectTimeoutMs?: number
  /** Bound of one answer; watches have one for each event. Default 256 MiB. */
  readonly maxResponseBytes?: number
}

/** Every request can be given up. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

/** Options of get and find. */
export interface GetOptions extends RequestOptions {
  readonly metadataOnly?: boolean
  readonly subresource?: string
}

/** Options of list. */
export interface ListOptions extends RequestOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Page size, not a bound of the result. Default 500. */
  readonly limit?: number
  readonly metadataOnly?: boolean
}

/** A whole list, with the version that a watch can go on from. */
export interface ListResult<T> {
  readonly items: T[]
  readonly resourceVersion: string
}

/** How strictly the server treats unknown and doubled fields. Its own default is Warn. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

/** Options of every write. */
export interface WriteOptions extends RequestOptions {
  readonly fieldManager?: string
  readonly dryRun?: boolean
  readonly fieldValidation?: FieldValidation
  /** `status`, `scale` and the like; absent writes the object itself. */
  readonly subresource?: string
  /** For create and replace of a subresource whose body is of another kind (Scale, Eviction): the object that it belongs to. */
  readonly target?: ObjectRef
}

/** Options of apply: the field manager is required, `force` takes over fields that others own. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string
  readonly force?: boolean
}

/** A patch: `apply` and `strategic` as Kubernetes defines them, `merge` is RFC 7386, `json` RFC 6902 (an array). */
export interface PatchOptions extends WriteOptions {
  readonly type: 'merge' | 'json' | 'apply' | 'strategic'
  readonly body: unknown
  /** Only for `apply`. */
  readonly force?: boolean
}

/** Options of delete; the preconditions make it safe to repeat. */
export interface DeleteOptions extends RequestOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  readonly gracePeriodSeconds?: number
  /** Refused with Conflict when the object is another one by now. */
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly dryRun?: boolean
}

/** An object to write: it may lack what the server fills in. The second form lets object literals through. */
export type ObjectInput =
  | { readonly apiVersion: string; readonly kind: string; readonly metadata: MetadataInput }
  | {
      readonly apiVersion: string
      readonly kind: string
      readonly metadata: MetadataInput & { readonly [key: string]: unknown }
      readonly [key: string]: unknown
    }

/** What a write needs of metadata. */
export interface MetadataInput {
  readonly name: string
  readonly namespace?: string
  readonly resourceVersion?: string
}
