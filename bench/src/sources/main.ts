// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { crds, systemClock } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { CommanderError } from 'commander'
import { describeMachine } from '../measure/machine.ts'
import { startControlPlane } from '../place/control-plane.ts'
import { startSourceController } from './controller.ts'
import { openGitWorkload } from './git-workload.ts'
import { openOciWorkload } from './oci-workload.ts'
import { measureSources } from './measure-sources.ts'
import type { SourcesContext, SourcesResult } from './measure-sources.ts'
import { intervalText, parseSourcesOptions } from './options.ts'
import type { SourcesOptions } from './options.ts'
import { formatSources } from './report.ts'
import type { SourceWorkload, WorkloadOptions } from './workload.ts'

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort(new Error(`ended by ${name}`)))
const onProgress = (line: string): void => void process.stderr.write(`► ${line}\n`)

try {
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: run it on Linux')
  await run(parseSourcesOptions(process.argv.slice(2), process.cwd()), stopping.signal)
  process.exit(0)
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  console.error(`✗ ${redact(errorMessage(error))}`)
  process.exit(stopping.signal.aborted ? 130 : 1)
}

/** The kinds of source, and how many of each are asked for. */
function workloads(options: SourcesOptions): readonly {
  readonly count: number
  readonly open: (options: WorkloadOptions) => Promise<SourceWorkload>
}[] {
  return [
    { count: options.git, open: openGitWorkload },
    { count: options.oci, open: openOciWorkload },
  ]
}

/** Measures kind after kind, each with a controller and a control plane of its own. */
async function run(options: SourcesOptions, signal: AbortSignal): Promise<void> {
  const results: SourcesResult[] = []
  for (const { count, open } of workloads(options)) {
    if (count === 0) continue
    const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-'))
    await measureIn(root, options, signal, async (context) => {
      const directory = join(root, 'sources')
      await mkdir(directory)
      const given = { count, directory, namespace: 'default', interval: intervalText(options) }
      await using workload = await open(given)
      results.push(await measureSources(workload, context))
      const machine = await describeMachine(context.client, signal)
      process.stdout.write(formatSources(results.slice(-1), machine))
      if (options.jsonPath !== undefined)
        await writeFile(options.jsonPath, `${JSON.stringify({ machine, options, results }, null, 2)}\n`)
    })
    await rm(root, { recursive: true, force: true })
  }
}

async function measureIn(
  root: string,
  options: SourcesOptions,
  signal: AbortSignal,
  measure: (context: SourcesContext) => Promise<void>,
): Promise<void> {
  const { TIDELOCK_CACHE, XDG_CACHE_HOME } = process.env
  const ending = new AbortController()
  await using stops = new AsyncDisposableStack()
  const dataDir = join(root, 'cluster')
  await mkdir(dataDir)
  const cluster = await startControlPlane({
    ...{ dataDir, onProgress, signal },
    cacheDir: TIDELOCK_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tidelock'),
    ...{ searchPath: undefined, assetsDir: undefined, auditLogPath: undefined },
  })
  stops.defer(() => cluster.stop())
  const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
  const client = new KubeClient({ target, userAgent: 'tidelock-bench' })
  stops.defer(() => client.close())
  for (const crd of await crds()) await client.apply(crd, { fieldManager: 'bench', force: true, signal })
  const controller = stops.use(
    await startSourceController({
      kubeconfigPath: cluster.kubeconfigPath,
      directory: root,
      concurrent: options.concurrent,
      clock: systemClock,
      signal,
    }),
  )
  stops.defer(() => ending.abort())
  const both = AbortSignal.any([signal, ending.signal])
  await measure({ options, client, clock: systemClock, controller, onProgress, signal: both })
}
