// SPDX-License-Identifier: Apache-2.0
import { formatDuration, formatKey, kustomizationRetryInterval } from '@tidelock/api'
import type { Artifact } from '@tidelock/api'
import { CodedError, errorMessage } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Run, Source, SourcedRun } from '../dependencies.ts'

const originRevisionKey = 'org.opencontainers.image.revision'

/** Finds the source and its artifact (behaviour.md 1: a missing source is retried without an event). */
export async function resolveSource(run: Run): Promise<Step<SourcedRun>> {
  const { ctx, obj, key, deps } = run
  const { sourceRef } = obj.spec
  const namespace = sourceRef.namespace ?? key.namespace
  const denied = accessDenied(run, namespace)
  if (denied !== undefined) {
    return { kind: 'stalled', reason: 'AccessDenied', error: new CodedError('AccessDenied', denied) }
  }
  const id = { namespace, name: sourceRef.name }
  let source: Source | undefined
  try {
    source = await deps.findSource(sourceRef.kind, id, ctx.signal)
  } catch (cause) {
    ctx.signal.throwIfAborted()
    const error = new Error(`unable to get source '${formatKey(id)}': ${errorMessage(cause)}`, { cause })
    return { kind: 'failed', reason: 'ArtifactFailed', error }
  }
  if (source === undefined) {
    const where = namespace === key.namespace ? '' : ` in namespace "${namespace}"`
    const message = `${sourceRef.kind}.source.toolkit.fluxcd.io "${sourceRef.name}" not found${where}`
    return {
      kind: 'waiting',
      reason: 'ArtifactFailed',
      message,
      retryAfterMs: kustomizationRetryInterval(obj),
      event: false,
    }
  }
  const { artifact } = source.status ?? {}
  if (artifact === undefined) {
    const message = `Source artifact not found, retrying in ${formatDuration(deps.options.requeueDependencyMs)}`
    const { requeueDependencyMs: retryAfterMs } = deps.options
    return { kind: 'waiting', reason: 'ArtifactFailed', message, retryAfterMs, event: false }
  }
  return next(withSource(run, source, artifact))
}

function withSource(run: Run, source: Source, artifact: Artifact): SourcedRun {
  const originRevision = artifact.metadata?.[originRevisionKey]
  return { ...run, source, artifact, revision: artifact.revision, originRevision }
}

function accessDenied({ obj, key, deps }: Run, namespace: string): string | undefined {
  const { kind, name } = obj.spec.sourceRef
  const subject = `can't access '${kind}/${namespace}/${name}'`
  if (deps.options.noCrossNamespaceRefs && namespace !== key.namespace) {
    return `${subject}, cross-namespace references have been blocked`
  }
  if (kind === 'ExternalArtifact' && !deps.options.allowExternalArtifact) {
    return `${subject}, ExternalArtifact feature gate is disabled`
  }
  return undefined
}
