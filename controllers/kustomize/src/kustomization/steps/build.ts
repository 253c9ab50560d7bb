// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourcedRun } from '../dependencies.ts'
import { render } from '../render.ts'
import type { Built } from '../render.ts'
import { readVariables } from './substitute.ts'

/** Renders `spec.path` of the unpacked artifact and substitutes variables. */
export async function build(run: SourcedRun, root: string): Promise<Step<Built>> {
  const { ctx, deps, obj, secrets } = run
  const { signal } = ctx
  try {
    const request = {
      ...{ root, path: obj.spec.path ?? '.', spec: obj.spec },
      readVariables: () => readVariables(obj, { client: deps.client, secrets, signal }),
      strictSubstitution: deps.options.strictSubstitution,
    }
    return next(await render(deps.engine, request, signal))
  } catch (cause) {
    if (signal.aborted) throw cause
    const retryAfterMs = kustomizationRetryInterval(obj)
    if (hasCode(cause, 'PathNotFound')) {
      const error = new Error('kustomization path not found', { cause })
      return { kind: 'failed', reason: 'ArtifactFailed', error, retryAfterMs }
    }
    return { kind: 'failed', reason: 'BuildFailed', error: cause as Error, retryAfterMs }
  }
}
