// SPDX-License-Identifier: Apache-2.0
import type { Step, Waiting } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { TargetedRun } from '../dependencies.ts'
import { phaseMessage } from '../phases.ts'
import { SecretValues } from '../secret-values.ts'
import type { AppliedBuild } from '../skip/applied-builds.ts'
import { restoreBuild } from '../skip/known-build.ts'
import { build } from './build.ts'
import type { Made } from './build.ts'
import { fetchArtifact } from './fetch.ts'

/** What came of fetching and building. */
export interface BuildAttempt {
  readonly step: Step<Made>
  /** Whether the artifact could be had: then its revision was attempted. */
  readonly attempted: boolean
  /** What the build read and nobody may quote. */
  readonly secrets: SecretValues
}

/** Should the end of a build not bring its object back. */
const lookAgainMs = 60_000

/** The objects to apply: those of a known build, else of a new one. The run ends when that takes long, and another one takes the result. */
export async function makeObjects(run: TargetedRun, known: AppliedBuild | undefined): Promise<Step<Made>> {
  const { obj, key, deps, ctx, revision, secrets } = run
  const restored = known === undefined ? undefined : await restoreBuild(run, known)
  if (restored !== undefined) {
    obj.status = { ...obj.status, lastAttemptedRevision: revision }
    return next(restored)
  }
  const of = identify(run)
  const wasUnderWay = deps.builds.has(key, of)
  const ended = (): void => deps.enqueue(key)
  const start = (signal: AbortSignal): Promise<BuildAttempt> => attempt(run, signal)
  const taken = await deps.builds.take(key, { of, start, ended, signal: ctx.signal })
  if (taken === undefined) return stillBuilding(run)
  const { step, attempted, secrets: read } = taken.result
  secrets.addAll(read)
  if (attempted) obj.status = { ...obj.status, lastAttemptedRevision: revision }
  // what it read may be older than what called for this run: another one compares
  if (wasUnderWay && step.kind === 'next' && step.value.identity !== undefined) deps.enqueue(key)
  return step
}

/** Fetches and builds, for this run or one after it. */
async function attempt(starter: TargetedRun, signal: AbortSignal): Promise<BuildAttempt> {
  const secrets = new SecretValues()
  const run = { ...starter, secrets, ctx: { ...starter.ctx, signal } }
  const fetched = await fetchArtifact(run)
  if (fetched.kind !== 'next') return { step: fetched, attempted: false, secrets }
  using artifact = fetched.value
  return { step: await build(run, artifact), attempted: true, secrets }
}

function identify({ obj, artifact, target }: TargetedRun): string {
  const { uid, generation } = obj.metadata
  return JSON.stringify([uid, generation, artifact.digest, artifact.revision, target.id])
}

function stillBuilding(run: TargetedRun): Waiting {
  return {
    kind: 'waiting',
    ready: 'Unknown',
    reason: 'Progressing',
    message: 'Reconciliation in progress',
    underWay: phaseMessage(run, 'Building manifests'),
    retryAfterMs: lookAgainMs,
    event: false,
  }
}
