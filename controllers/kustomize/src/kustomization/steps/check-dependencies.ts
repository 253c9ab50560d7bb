// SPDX-License-Identifier: Apache-2.0
import { formatDuration, isReady } from '@tidelock/api'
import type { Kustomization, KustomizationDependency } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourcedRun } from '../dependencies.ts'

/**
 * Holds each entry of `spec.dependsOn` against the API server, not the cache (behaviour.md 7): it must exist, be ready at its
 * current generation and, when it uses the same source, have applied the revision that this run is about to apply.
 */
export async function checkDependencies(run: SourcedRun): Promise<Step<void>> {
  for (const dependency of run.obj.spec.dependsOn ?? []) {
    const problem = await findProblem(run, dependency)
    if (problem === undefined) continue
    const { requeueDependencyMs: retryAfterMs } = run.deps.options
    const event = `Dependencies do not meet ready condition, retrying in ${formatDuration(retryAfterMs)}`
    return {
      kind: 'waiting',
      reason: 'DependencyNotReady',
      message: problem,
      retryAfterMs,
      event: { severity: 'info', message: event },
    }
  }
  return next(undefined)
}

async function findProblem(run: SourcedRun, dependency: KustomizationDependency): Promise<string | undefined> {
  const { obj, ctx, deps, key } = run
  const namespace = dependency.namespace ?? key.namespace
  const subject = `dependency '${namespace}/${dependency.name}'`
  const ref = { apiVersion: obj.apiVersion, kind: obj.kind, namespace, name: dependency.name }
  let found: Kustomization
  try {
    found = await deps.client.get<Kustomization>(ref, { signal: ctx.signal })
  } catch (error) {
    ctx.signal.throwIfAborted()
    return `${subject} not found: ${errorMessage(error)}`
  }
  const current = found.status?.observedGeneration === found.metadata.generation
  if (!current || !isReady(found)) return `${subject} is not ready`
  if (usesSameSource(obj, found) && found.status?.lastAppliedRevision !== run.revision) {
    return `${subject} revision is not up to date`
  }
  return undefined
}

function usesSameSource(a: Kustomization, b: Kustomization): boolean {
  const [of, other] = [a, b].map(({ spec: { sourceRef }, metadata }) =>
    [sourceRef.kind, sourceRef.namespace ?? metadata.namespace, sourceRef.name].join('/'),
  )
  return of === other
}
