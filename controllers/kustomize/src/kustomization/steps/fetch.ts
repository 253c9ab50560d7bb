// SPDX-License-Identifier: Apache-2.0
import { formatDuration, kustomizationRetryInterval } from '@tidelock/api'
import type { AcquiredArtifact } from '@tidelock/artifact'
import { hasCode } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourcedRun } from '../dependencies.ts'

/** Gets the unpacked artifact, shared by all Kustomizations at this revision. The caller releases it. */
export async function fetchArtifact(run: SourcedRun): Promise<Step<AcquiredArtifact>> {
  const { ctx, deps, artifact, obj } = run
  try {
    return next(await deps.artifacts.acquire(artifact, ctx.signal))
  } catch (error) {
    if (hasCode(error, 'NotFound')) {
      const { requeueDependencyMs: retryAfterMs } = deps.options
      const message = `Source is not ready, artifact not found, retrying in ${formatDuration(retryAfterMs)}`
      return { kind: 'waiting', reason: 'ArtifactFailed', message, retryAfterMs, event: false }
    }
    return {
      kind: 'failed',
      reason: 'ArtifactFailed',
      error: error as Error,
      retryAfterMs: kustomizationRetryInterval(obj),
    }
  }
}
