// SPDX-License-Identifier: Apache-2.0
import type { Clock, Kind, KubeObject } from '@tidelock/api'
import type { RequestOptions } from './client-options.ts'
import { abortWith } from './abort-with.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { IdleTimer } from './idle-timer.ts'
import { KubeError } from './kube-error.ts'
import { parseAnswer } from './parse-answer.ts'
import { metadataAccept } from './list-pages.ts'
import { resourcePath, withQuery } from './request-paths.ts'
import type { ApiRequest } from './requester.ts'
import { toStatusError } from './status-error.ts'
import type { Status } from './status-error.ts'
import type { StreamSink } from './transport.ts'

/** One frame of a watch. ERROR frames do not come as events: they end the session. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubeObject
}

/** What to watch and from where. */
export interface WatchOptions extends RequestOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly metadataOnly?: boolean | undefined
  /** Events after this version. Absent: from now, after one ADDED for each object. */
  readonly resourceVersion?: string | undefined
  /** Asks for a consistent list as events, ended by a bookmark with the annotation `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean
  /** When the server is to end the watch. */
  readonly timeoutMs: number
  /** Give the stream up when no byte came for this long. */
  readonly idleMs: number
}

/** Receives a watch. `event` is called synchronously, in order; what it throws ends the session. */
export interface WatchSink {
  event(event: WatchEvent): void
}

/** How a watch came to its end. Only `error` needs looking at: it is Gone, DecodeFailed, Unreachable, Timeout or what an ERROR frame said. */
export interface WatchEnd {
  readonly error: KubeError | undefined
  /** Whether any byte arrived. */
  readonly heard: boolean
}

/** An open watch. */
export interface WatchSession {
  /** Settles when the watch has ended; rejects only with the signal's reason or with what the sink threw. */
  readonly ended: Promise<WatchEnd>
}

/** What a watch runs on. */
export interface WatchHost {
  readonly open: (request: ApiRequest, sink: Pick<StreamSink, 'data' | 'end' | 'fail'>) => Promise<void>
  readonly clock: Clock
}

/** A frame larger than this is no object: etcd's own bound is 1.5 MiB by default. */
const maxFrameBytes = 64 * 1024 * 1024

/** Opens a watch; resolves when the server has accepted it and throws KubeError if it refuses. */
export async function openWatch(
  host: WatchHost,
  kind: Kind,
  options: WatchOptions,
  sink: WatchSink,
): Promise<WatchSession> {
  const stop = abortWith(options.signal)
  const ended = Promise.withResolvers<WatchEnd>()
  let heard = false
  const finish = (error: KubeError | undefined): void => {
    idle.stop()
    stop.release()
    ended.resolve({ error, heard })
  }
  const idle = new IdleTimer(host.clock, options.idleMs, () => stop.abort(silence(options.idleMs, kind)))
  const decoder = new FrameDecoder((frame) => sink.event(toEvent(frame, kind)), maxFrameBytes)
  const stream = {
    data: (chunk: Buffer): void => {
      heard = true
      idle.touch()
      decoder.push(chunk)
    },
    // an unfinished last frame is dropped: the next watch begins before it
    end: (): void => finish(undefined),
    fail: (error: unknown): void => {
      if (error instanceof KubeError) return finish(error)
      idle.stop()
      stop.release()
      ended.reject(error)
    },
  }
  // nobody may be looking yet when the stream breaks
  ended.promise.catch(() => {})
  try {
    await host.open(watchRequest(kind, options, stop.signal), stream)
  } catch (error) {
    idle.stop()
    stop.release()
    throw error
  }
  return { ended: ended.promise }
}

function watchRequest(kind: Kind, options: WatchOptions, signal: AbortSignal): ApiRequest {
  const { namespace, labelSelector, fieldSelector, resourceVersion, sendInitialEvents } = options
  return {
    method: 'GET',
    path: withQuery(resourcePath(kind, { namespace }), {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.max(1, Math.round(options.timeoutMs / 1000)),
      labelSelector,
      fieldSelector,
      resourceVersion,
      ...(sendInitialEvents === true ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
    }),
    subject: { verb: 'watch', resource: kind.plural, group: kind.group, namespace: namespace ?? '', name: '' },
    repeatability: 'idempotent',
    accept: options.metadataOnly === true ? metadataAccept : 'application/json',
    signal,
  }
}

function toEvent(frame: Buffer, kind: Kind): WatchEvent {
  const asked = `watch of ${kind.plural}, a frame of ${frame.length} bytes`
  const { type, object } = parseAnswer<{ type?: unknown; object?: unknown }>(frame.toString('utf8'), asked)
  if (type === 'ERROR') throw toStatusError(object as Status, { method: 'GET', path: `watch of ${kind.plural}` })
  const known = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK'
  if (!known || !hasMetadata(object)) {
    throw new KubeError(
      'DecodeFailed',
      `watch of ${kind.plural}: a frame of ${frame.length} bytes is not a watch event`,
    )
  }
  return { type, object }
}

function hasMetadata(object: unknown): object is KubeObject {
  const { metadata } = (object ?? {}) as { metadata?: unknown }
  return typeof metadata === 'object' && metadata !== null
}

function silence(idleMs: number, kind: Kind): KubeError {
  return new KubeError('Timeout', `watch of ${kind.plural}: nothing came for ${Math.round(idleMs / 1000)} s`)
}
