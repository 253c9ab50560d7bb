// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@tidelock/api'
import { leanNode } from '@tidelock/cli'
import { findFreePort } from '@tidelock/local-cluster'
import { BenchError } from '../errors.ts'
import type { Controllers } from '../measure/usage.ts'

const script = fileURLToPath(new URL('../../../controllers/source/bundle/main.js', import.meta.url))

/** The source controller, as a process of its own. */
export interface RunningController extends AsyncDisposable {
  readonly controllers: Controllers
  readonly pid: number
  /** Rejects when it ends by itself. */
  readonly broken: Promise<never>
}

/** Starts the source controller as an operator would. Its files and its log lie in `directory`. */
export async function startSourceController(options: {
  readonly kubeconfigPath: string
  readonly directory: string
  readonly concurrent: number
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<RunningController> {
  const { kubeconfigPath, directory, concurrent, clock, signal } = options
  const [storagePort, metricsPort] = [await findFreePort(), await findFreePort()]
  const storage = join(directory, 'storage')
  await mkdir(storage, { recursive: true })
  const log = await open(join(directory, 'source-controller.log'), 'w')
  const flags = [
    `--kubeconfig=${kubeconfigPath}`,
    `--concurrent=${concurrent}`,
    `--storage-path=${storage}`,
    `--storage-addr=127.0.0.1:${storagePort}`,
    `--storage-adv-addr=127.0.0.1:${storagePort}`,
    `--spool-dir=${join(directory, 'spool')}`,
    `--metrics-addr=127.0.0.1:${metricsPort}`,
    '--health-addr=0',
    '--events-addr=',
  ]
  // certificates of this machine, which no image holds in memory
  const own = { NODE_EXTRA_CA_CERTS: undefined, RUNTIME_NAMESPACE: 'default' }
  const env = { ...process.env, ...leanNode.env, ...own }
  const child = spawn(process.execPath, [...leanNode.options, ...leanNode.flags, script, ...flags], {
    env,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  const ended = once(child, 'exit')
  let stopping = false
  const broken = ended.then(() => {
    if (stopping) return new Promise<never>(() => undefined)
    throw new BenchError('StartFailed', `the source controller has ended: see ${directory}/source-controller.log`)
  })
  // whoever waits for something else hears of it there
  broken.catch(() => undefined)
  const { pid } = child
  if (pid === undefined) throw new BenchError('StartFailed', 'the source controller could not be started')
  const metrics = `http://127.0.0.1:${metricsPort}/metrics`
  await Promise.race([untilServing(metrics, clock, signal), broken])
  return {
    controllers: { pids: { source: pid }, metrics: { source: metrics } },
    pid,
    broken,
    [Symbol.asyncDispose]: async () => {
      stopping = true
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Its start is no part of what is measured. */
async function untilServing(url: string, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const response = await fetch(url, { signal }).catch(() => undefined)
    if (response?.ok === true) return
    await clock.sleep(100, signal)
  }
}
