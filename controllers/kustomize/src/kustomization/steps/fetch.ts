// SPDX-License-Identifier: Apache-2.0
import { formatDuration, kustomizationRetryInterval, kustomizationTimeout } from '@tidelock/api'
import { ArtifactError } from '@tidelock/artifact'
import type { AcquiredArtifact } from '@tidelock/artifact'
import { errorMessage, hasCode } from '@tidelock/errors'
import { HttpError, isRetryable } from '@tidelock/http'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourcedRun } from '../dependencies.ts'

const reason = 'ArtifactFailed'

/** Gets the unpacked artifact, shared by all Kustomizations at this revision. The caller releases it. */
export async function fetchArtifact(run: SourcedRun): Promise<Step<AcquiredArtifact>> {
  const { ctx, deps, key } = run
  try {
    const acquired = await inTime(run, (signal) => deps.artifacts.acquire(run.artifact, signal))
    deps.downloads.forget(key)
    return next(acquired)
  } catch (error) {
    ctx.signal.throwIfAborted()
    return afterFailure(run, error as Error)
  }
}

/** What the artifact holds, fetching no more than its index where the source publishes one. Throws as `ArtifactCache.readIndex`. */
export function readIndex(run: SourcedRun): Promise<AcquiredArtifact['index']> {
  return inTime(run, (signal) => run.deps.artifacts.readIndex(run.artifact, signal))
}

/** A server that trickles would hold the worker for as long as it likes. */
async function inTime<T>({ ctx, deps, obj }: SourcedRun, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const limitMs = kustomizationTimeout(obj)
  const cancel = deps.clock.setTimeout(() => late.abort(tooSlow(limitMs)), limitMs)
  try {
    return await work(AbortSignal.any([ctx.signal, late.signal]))
  } finally {
    cancel()
  }
}

function tooSlow(limitMs: number): ArtifactError {
  const cause = new HttpError('Timeout', `not complete after ${formatDuration(limitMs)}`)
  return new ArtifactError('FetchFailed', 'failed to download archive', { cause })
}

function afterFailure({ deps, artifact, key, obj }: SourcedRun, error: Error): Step<never> {
  if (hasCode(error, 'NotFound')) {
    const { requeueDependencyMs: retryAfterMs } = deps.options
    const message = `Source is not ready, artifact not found, retrying in ${formatDuration(retryAfterMs)}`
    return { kind: 'waiting', reason, message, retryAfterMs, event: false }
  }
  const retryAfterMs = isPassing(error) ? deps.downloads.failed(key, artifact.digest) : undefined
  if (retryAfterMs === undefined) {
    return { kind: 'failed', reason, error, retryAfterMs: kustomizationRetryInterval(obj) }
  }
  const message = `${errorMessage(error)}, retrying in ${formatDuration(retryAfterMs)}`
  return { kind: 'waiting', reason, message, retryAfterMs, event: false }
}

function isPassing(error: Error): boolean {
  return hasCode(error, 'FetchFailed') && isRetryable(error.cause)
}
