// SPDX-License-Identifier: Apache-2.0
// A controller of GitRepositories that does as their URL says: https://example.com/<outcome>[/<detail>].
import { getCondition, gitRepositoryKind } from '@tidelock/api'
import type { GitRepository } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { next } from '@tidelock/runtime'
import type {
  ConditionTable,
  ControllerSpec,
  Outcome,
  Progress,
  Reconciler,
  ReconcileContext,
  Step,
} from '@tidelock/runtime'

/** The finalizer of Flux's kinds. */
export const toyFinalizer = 'finalizers.fluxcd.io'

const conditions: ConditionTable = {
  owned: ['Ready', 'Reconciling', 'Stalled'],
  summarize: [],
  negativePolarity: [],
  progressMakesReadyUnknown: true,
  progressMessage: 'Reconciliation in progress',
}

/** What a toy counts, for tests in the same process. */
export interface ToyJournal {
  readonly runs: string[]
  readonly finalized: string[]
  readonly superseded: string[]
}

const requestedAt = 'reconcile.fluxcd.io/requestedAt'

function superseded({ superseded: news, signal }: ReconcileContext): Promise<void> {
  const either = AbortSignal.any([news, signal])
  return new Promise((resolve) => {
    if (either.aborted) resolve()
    else either.addEventListener('abort', () => resolve())
  })
}

class ToyReconciler implements Reconciler<GitRepository> {
  readonly #client: KubeClient
  readonly #journal: ToyJournal

  constructor(client: KubeClient, journal: ToyJournal) {
    this.#client = client
    this.#journal = journal
  }

  async reconcile(ctx: ReconcileContext, obj: GitRepository, progress: Progress): Promise<Outcome> {
    const { name } = obj.metadata
    this.#journal.runs.push(name)
    ctx.superseded.addEventListener('abort', () => this.#journal.superseded.push(name))
    const revision = `main@sha1:${obj.metadata.generation}`
    progress.annotate({ 'source.toolkit.fluxcd.io/revision': revision })
    await progress('Progressing', `working on generation ${obj.metadata.generation}`)
    if (await this.#createThing(obj)) progress.event({ severity: 'info', message: `ConfigMap/${name}-thing created` })
    await progress.checkpoint()
    const step = await this.#follow(ctx, obj)
    if (step.kind !== 'next') return step
    obj.status = { ...obj.status, observedInclude: [] }
    return { kind: 'succeeded', reason: 'Succeeded', message: `stored artifact for revision '${revision}'` }
  }

  finalize(_ctx: ReconcileContext, obj: GitRepository): Promise<Outcome> {
    this.#journal.finalized.push(obj.metadata.name)
    if (obj.spec.url.endsWith('/stuck'))
      return Promise.resolve({
        kind: 'failed',
        reason: 'Failed',
        error: new Error('cannot clean up'),
        retryAfterMs: 200,
      })
    const events = [{ severity: 'info', message: 'cleaned up', reason: 'Deleted' }] as const
    return Promise.resolve({ kind: 'succeeded', events })
  }

  async #createThing(obj: GitRepository): Promise<boolean> {
    const { name, namespace = '' } = obj.metadata
    const thing = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-thing`, namespace } }
    if ((await this.#client.find({ ...thing, name: thing.metadata.name, namespace })) !== undefined) return false
    await this.#client.create(thing)
    return true
  }

  async #follow(ctx: ReconcileContext, obj: GitRepository): Promise<Step<string>> {
    const [, outcome = '', detail = ''] = new URL(obj.spec.url).pathname.split('/')
    if (outcome === 'fail')
      return { kind: 'failed', reason: 'GitOperationFailed', error: new Error(`no route to ${detail}`) }
    if (outcome === 'stall') return { kind: 'stalled', reason: 'URLInvalid', error: new Error('bad URL') }
    if (outcome === 'wait')
      return { kind: 'waiting', reason: 'DependencyNotReady', message: 'not yet', retryAfterMs: Number(detail) }
    if (outcome === 'throw') throw new TypeError('undefined is not a function')
    if (outcome === 'stubborn') await ctx.clock.sleep(Number(detail))
    if (outcome === 'overtaken' && obj.metadata.annotations?.[requestedAt] === undefined) await superseded(ctx)
    if (outcome === 'slow') await ctx.clock.sleep(Number(detail), ctx.signal)
    return next(outcome)
  }
}

/** The toy's specification; every interval is an hour. */
export function toySpec(client: KubeClient, journal: ToyJournal): ControllerSpec<GitRepository> {
  return {
    name: 'gitrepository',
    kind: gitRepositoryKind,
    reconciler: new ToyReconciler(client, journal),
    conditions,
    finalizer: toyFinalizer,
    fieldManager: 'source-controller',
    intervalMs: () => 3_600_000,
    successEvent: (obj, run) => ({
      severity: 'info',
      message: `Reconciliation finished in ${run.durationMs.toFixed(3)}ms: ${getCondition(obj, 'Ready')?.message}`,
    }),
  }
}
