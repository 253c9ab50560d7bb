// SPDX-License-Identifier: Apache-2.0
import {
  artifactOutdatedCondition,
  includeUnavailableCondition,
  markTrue,
  removeCondition,
  sourceGroup,
} from '@tidelock/api'
import type { Artifact, GitRepository, GitRepositoryInclude, ObjectKey } from '@tidelock/api'
import type { Progress, ReconcileContext, Step, Waiting } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'

/** How included repositories are found. */
export interface IncludeLookup {
  /** Undefined: there is no such object. */
  find(key: ObjectKey, signal: AbortSignal): Promise<GitRepository | undefined>
  /** `--requeue-dependency`. */
  readonly requeueMs: number
}

/**
 * The artifacts that the spec includes, in its order. Ends the run with IncludeUnavailable while one is not there: it is tried
 * again after `--requeue-dependency`, and at once when the artifact comes.
 */
export async function resolveIncludes(
  ctx: ReconcileContext,
  obj: GitRepository,
  lookup: IncludeLookup,
): Promise<Step<readonly Artifact[]>> {
  const artifacts: Artifact[] = []
  for (const { repository } of obj.spec.include ?? []) {
    const included = await lookup.find(keyBeside(obj, repository.name), ctx.signal)
    if (included === undefined) {
      const missing = `GitRepository.${sourceGroup} "${repository.name}" not found`
      const message = `could not get resource for include '${repository.name}': ${missing}`
      return unavailable(ctx, obj, lookup, 'NotFound', message)
    }
    const circle = await findCircle(obj, included, lookup, ctx.signal)
    const artifact = circle === undefined ? included.status?.artifact : undefined
    if (artifact === undefined) {
      const message = `no artifact available for include '${repository.name}'`
      return unavailable(ctx, obj, lookup, 'NoArtifact', circle === undefined ? message : `${message}: ${circle}`)
    }
    artifacts.push(artifact)
  }
  removeCondition(obj, includeUnavailableCondition)
  return next(artifacts)
}

function keyBeside({ metadata }: GitRepository, name: string): ObjectKey {
  return { namespace: metadata.namespace ?? '', name }
}

function unavailable(
  ctx: ReconcileContext,
  obj: GitRepository,
  { requeueMs }: IncludeLookup,
  reason: string,
  message: string,
): Waiting {
  markTrue(obj, includeUnavailableCondition, reason, message, new Date(ctx.clock.now()))
  return { kind: 'waiting', reason, message, retryAfterMs: requeueMs, event: { severity: 'trace' } }
}

/** Longer chains of includes are not followed. */
const maxChain = 32

/**
 * Says how the object includes itself over others; undefined when it does not. Each would make the other's artifact anew for
 * ever.
 */
async function findCircle(
  obj: GitRepository,
  included: GitRepository,
  lookup: IncludeLookup,
  signal: AbortSignal,
): Promise<string | undefined> {
  const own = obj.metadata.name
  const seen = new Set<string>()
  const open: { readonly at: GitRepository; readonly chain: readonly string[] }[] = [{ at: included, chain: [own] }]
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const chain = [...here.chain, here.at.metadata.name]
    if (here.at.metadata.name === own) return `it includes this repository again (${chain.join(', ')})`
    if (seen.has(here.at.metadata.name) || chain.length > maxChain) continue
    seen.add(here.at.metadata.name)
    for (const { repository } of here.at.spec.include ?? []) {
      const further = await lookup.find(keyBeside(obj, repository.name), signal)
      if (further !== undefined) open.push({ at: further, chain })
    }
  }
  return undefined
}

/** Shows that what is included changed, before anything is fetched. */
export async function markIncludeChange(
  ctx: ReconcileContext,
  obj: GitRepository,
  included: readonly Artifact[],
  progress: Progress,
): Promise<void> {
  const before = obj.status?.includedArtifacts
  const known = new Set((before ?? []).map(({ revision }) => revision))
  if (included.length === (before ?? []).length && included.every(({ revision }) => known.has(revision))) return
  const message = 'included artifacts differ from last observed includes'
  if (before !== undefined)
    markTrue(obj, artifactOutdatedCondition, 'IncludeChange', message, new Date(ctx.clock.now()))
  await progress('Progressing', `building artifact: ${message}`, { readyUnknown: true })
}

/** Whether other artifacts are included than the stored one was made with. */
export function includedArtifactsChanged({ status }: GitRepository, included: readonly Artifact[]): boolean {
  const before = status?.includedArtifacts ?? []
  if (before.length !== included.length) return true
  return included.some(({ revision, digest }, i) => before[i]?.revision !== revision || before[i]?.digest !== digest)
}

/** Where the copy of an include goes, as the spec says it. */
export function toPathOf({ toPath, repository }: GitRepositoryInclude): string {
  return toPath === undefined || toPath === '' ? repository.name : toPath
}
