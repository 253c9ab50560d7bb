// SPDX-License-Identifier: Apache-2.0
import { formatDuration, isReady } from '@tidelock/api'
import type { Kustomization, KustomizationDependency } from '@tidelock/api'
import { CelError } from '@tidelock/cel'
import { errorMessage } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourcedRun } from '../dependencies.ts'
import { stalledByExpression } from '../expressions/stalled.ts'

/**
 * Holds each entry of `spec.dependsOn` against the API server, not the cache (behaviour.md 7): it must exist, be ready at its
 * current generation and, when it uses the same source, have applied the revision that this run is about to apply. A `readyExpr`
 * takes the place of all that but existence, or with the gate AdditiveCELDependencyCheck comes before it.
 */
export async function checkDependencies(run: SourcedRun): Promise<Step<void>> {
  for (const dependency of run.obj.spec.dependsOn ?? []) {
    const found = await findDependency(run, dependency)
    const problem = typeof found === 'string' ? found : findProblem(run, dependency, found)
    if (problem === undefined) continue
    if (problem instanceof CelError) return stalledByExpression(problem)
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

function subjectOf({ key }: SourcedRun, { name, namespace }: KustomizationDependency): string {
  return `dependency '${namespace ?? key.namespace}/${name}'`
}

async function findDependency(run: SourcedRun, dependency: KustomizationDependency): Promise<Kustomization | string> {
  const { obj, ctx, deps, key } = run
  const namespace = dependency.namespace ?? key.namespace
  const ref = { apiVersion: obj.apiVersion, kind: obj.kind, namespace, name: dependency.name }
  try {
    return await deps.client.get<Kustomization>(ref, { signal: ctx.signal })
  } catch (error) {
    ctx.signal.throwIfAborted()
    return `${subjectOf(run, dependency)} not found: ${errorMessage(error)}`
  }
}

/** What keeps the dependency from being ready, or why that cannot be known before the spec changes; undefined when it is ready. */
function findProblem(
  run: SourcedRun,
  dependency: KustomizationDependency,
  found: Kustomization,
): string | CelError | undefined {
  const { readyExpr = '' } = dependency
  if (readyExpr === '') return findBuiltInProblem(run, dependency, found)
  const problem = evaluate(run, dependency, found)
  if (problem !== undefined || !run.deps.options.additiveReadyExpr) return problem
  return findBuiltInProblem(run, dependency, found)
}

function evaluate(
  run: SourcedRun,
  dependency: KustomizationDependency,
  found: Kustomization,
): string | CelError | undefined {
  try {
    if (run.deps.readyExpressions.holds(dependency.readyExpr ?? '', run.obj, found)) return undefined
    return `${subjectOf(run, dependency)} is not ready according to readyExpr eval`
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    if (error.code !== 'InvalidExpression') return error.message
    const message = `failed to evaluate dependency ${dependency.name}: ${error.message}`
    return new CelError(error.code, message, { details: error.details })
  }
}

function findBuiltInProblem(
  run: SourcedRun,
  dependency: KustomizationDependency,
  found: Kustomization,
): string | undefined {
  const subject = subjectOf(run, dependency)
  const current = found.status?.observedGeneration === found.metadata.generation
  if (!current || !isReady(found)) return `${subject} is not ready`
  if (usesSameSource(run.obj, found) && found.status?.lastAppliedRevision !== run.revision) {
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
