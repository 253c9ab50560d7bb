// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Informer } from '@tidelock/kube'
import { checkAgainstAudit } from './measure/audit.ts'
import { describeMachine } from './measure/machine.ts'
import { deploymentInformer, kustomizationInformer, serviceInformer } from './measure/views.ts'
import type { BenchCommand, BenchOptions } from './options.ts'
import { measureCold } from './phases/cold.ts'
import { measureEditAfterRest, measureHandEdits } from './phases/hand-edit.ts'
import { measureIdle } from './phases/idle.ts'
import { measureMemory } from './phases/memory.ts'
import { measureChange, measureChangeAfterRest } from './phases/one-change.ts'
import type { PhaseContext } from './phases/phase.ts'
import { measureUnderLoad } from './phases/under-load.ts'
import { openPlace } from './place/place.ts'
import type { BenchEnvironment, Place } from './place/place.ts'
import { formatReport } from './report/report.ts'
import { drawSvg } from './report/svg.ts'
import type { BenchResult } from './result.ts'
import { supportObjects } from './workload/support.ts'
import { lockDown } from './place/lock-down.ts'

/** Runs what the command asks for, one after the other; prints, writes and draws the figures. */
export async function runCommand(command: BenchCommand, environment: BenchEnvironment): Promise<void> {
  const results: BenchResult[] = []
  for (const path of command.from) {
    const read = JSON.parse(await readFile(path, 'utf8')) as BenchResult | BenchResult[]
    results.push(...(Array.isArray(read) ? read : [read]))
  }
  for (const result of results) environment.out(formatReport(result))
  await write(command, results)
  for (const options of command.runs) {
    await runBench(options, environment, async (result) => {
      results.push(result)
      environment.out(formatReport(result))
      // after each: what comes next may fail
      await write(command, results)
    })
  }
}

async function write({ jsonPath, svgPath }: BenchCommand, results: readonly BenchResult[]): Promise<void> {
  if (results.length === 0) return
  const json = results.length === 1 ? results[0] : results
  if (jsonPath !== undefined) await writeFile(jsonPath, `${JSON.stringify(json, null, 2)}\n`)
  if (svgPath !== undefined) await writeFile(svgPath, drawSvg(results))
}

/**
 * Runs one workload, hands over the figures and ends everything that it started, also on a failure or when the signal aborts. Files and
 * logs are removed, unless it failed.
 */
async function runBench(
  options: BenchOptions,
  environment: BenchEnvironment,
  onResult: (result: BenchResult) => Promise<void>,
): Promise<void> {
  const [loadBefore = 0] = loadavg()
  const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-'))
  try {
    await runIn(root, options, environment, (measured) => onResult({ ...measured, loadBefore }))
  } catch (error) {
    if (environment.signal.aborted) await rm(root, { recursive: true, force: true })
    else environment.onProgress(`files and logs are left in ${root}`)
    throw error
  }
  await rm(root, { recursive: true, force: true })
}

type Measured = Omit<BenchResult, 'loadBefore'>

async function runIn(
  root: string,
  options: BenchOptions,
  environment: BenchEnvironment,
  onMeasured: (measured: Measured) => Promise<void>,
): Promise<void> {
  await using place = await openPlace(options, environment, root)
  // ends the watches before the client is closed
  const ending = new AbortController()
  const signal = AbortSignal.any([environment.signal, ending.signal])
  try {
    await onMeasured(await Promise.race([measureAll(options, environment, place, signal), place.broken]))
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
): Promise<Measured> {
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
  const { apps, shape, sops, lockdown, concurrent, cluster, changes, samples, audit } = options
  const phases = await measurePhases(context)
  return {
    date,
    options: { apps, shape, sops, lockdown, concurrent, cluster, changes, samples, audit },
    machine: await describeMachine(place.client, signal),
    components: place.components,
    ...phases,
    ...(place.auditLogPath === undefined
      ? {}
      : { audit: await checkAgainstAudit(place.state, place.auditLogPath, signal) }),
  }
}

type Phases = Pick<
  Measured,
  'cold' | 'changes' | 'handEdit' | 'idle' | 'memory' | 'editAfterRestMs' | 'changeAfterRest' | 'load'
>

async function measurePhases(context: PhaseContext): Promise<Phases> {
  const { options, place, onProgress, signal } = context
  if (options.lockdown) await lockDown(place.client, signal)
  for (const object of await supportObjects(options)) await place.client.create(object, { signal })
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
  onProgress('one change after the idle phase')
  const changeAfterRest = await measureChangeAfterRest(context)
  // last: it changes what there is
  if (options.load) onProgress('hand edits and deletions under load')
  const load = options.load ? await measureUnderLoad(context) : undefined
  return {
    cold,
    changes,
    handEdit,
    idle,
    memory,
    editAfterRestMs,
    changeAfterRest,
    ...(load === undefined ? {} : { load }),
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
