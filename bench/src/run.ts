// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Informer } from '@tidelock/kube'
import { checkAgainstAudit } from './measure/audit.ts'
import { describeMachine } from './measure/machine.ts'
import { deploymentInformer, kustomizationInformer, serviceInformer } from './measure/views.ts'
import type { BenchOptions } from './options.ts'
import { measureCold } from './phases/cold.ts'
import { measureEditAfterRest, measureHandEdits } from './phases/hand-edit.ts'
import { measureIdle } from './phases/idle.ts'
import { measureMemory } from './phases/memory.ts'
import { measureChange } from './phases/one-change.ts'
import type { PhaseContext } from './phases/phase.ts'
import { openPlace } from './place/place.ts'
import type { BenchEnvironment, Place } from './place/place.ts'
import { formatReport } from './report/report.ts'
import type { BenchResult } from './result.ts'

/**
 * Runs the whole workload, prints the report and ends everything that it started, also on a failure or when the signal aborts. Files and
 * logs are removed, unless it failed.
 */
export async function runBench(options: BenchOptions, environment: BenchEnvironment): Promise<void> {
  const [loadBefore = 0] = loadavg()
  const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-'))
  try {
    await runIn(root, loadBefore, options, environment)
  } catch (error) {
    if (environment.signal.aborted) await rm(root, { recursive: true, force: true })
    else environment.onProgress(`files and logs are left in ${root}`)
    throw error
  }
  await rm(root, { recursive: true, force: true })
}

async function runIn(
  root: string,
  loadBefore: number,
  options: BenchOptions,
  environment: BenchEnvironment,
): Promise<void> {
  await using place = await openPlace(options, environment, root)
  // ends the watches before the client is closed
  const ending = new AbortController()
  const signal = AbortSignal.any([environment.signal, ending.signal])
  try {
    const measured = await Promise.race([measureAll(options, environment, place, signal), place.broken])
    const result = { ...measured, loadBefore }
    if (options.jsonPath !== undefined) await writeFile(options.jsonPath, `${JSON.stringify(result, null, 2)}\n`)
    environment.out(formatReport(result))
    if (options.keep) await stayUp(place, environment)
  } finally {
    ending.abort()
  }
}

async function measureAll(
  options: BenchOptions,
  { onProgress }: BenchEnvironment,
  place: Place,
  signal: AbortSignal,
): Promise<Omit<BenchResult, 'loadBefore'>> {
  const date = new Date(place.clock.now()).toISOString()
  const context: PhaseContext = {
    options,
    place,
    kustomizations: kustomizationInformer(place.client),
    deployments: deploymentInformer(place.client),
    services: serviceInformer(place.client),
    onProgress,
    signal,
  }
  await follow([context.kustomizations], signal)
  onProgress(`cold: ${options.apps} apps`)
  const cold = await measureCold(context)

  await follow([context.deployments, context.services], signal)
  const changes = []
  for (let version = 1; version <= options.changes; version++) {
    onProgress(`one change: commit ${version} of ${options.changes}`)
    changes.push(await measureChange(context, version))
  }
  onProgress('hand edits and deletions')
  const handEdit = await measureHandEdits(context)
  onProgress(`idle: ${options.idleSeconds} s`)
  const idle = await measureIdle(context)
  const memory = await measureMemory(context)
  const editAfterRestMs = await measureEditAfterRest(context)
  const { apps, concurrent, cluster, samples, audit } = options
  return {
    date,
    options: { apps, concurrent, cluster, changes: options.changes, samples, audit },
    machine: await describeMachine(place.client, signal),
    components: place.components,
    cold,
    changes,
    handEdit,
    idle,
    memory,
    editAfterRestMs,
    ...(place.auditLogPath === undefined
      ? {}
      : { audit: await checkAgainstAudit(place.state, place.auditLogPath, signal) }),
  }
}

async function follow(
  informers: readonly Pick<Informer<unknown>, 'start' | 'waitForSync'>[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    informers.map(async (informer) => {
      // it ends without an error when the signal aborts
      void informer.start(signal)
      await informer.waitForSync(signal)
    }),
  )
}

async function stayUp({ state, broken }: Place, { onProgress, signal }: BenchEnvironment): Promise<void> {
  onProgress(`all stays up until Ctrl-C: export KUBECONFIG=${state.kubeconfig}; logs in ${state.logsDir}`)
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([interrupted, broken])
}
