// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeObject } from '@tidelock/api'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { BenchError } from '../errors.ts'
import { readCpuSeconds, readMemory } from '../measure/process-stat.ts'
import { spreadOf } from '../measure/statistics.ts'
import { runUp } from '../place/run-up.ts'
import { startCountingInbox } from './counting-inbox.ts'
import { openProducer, publishAtRate } from './events.ts'
import { alertFor } from './objects.ts'
import { measureWebhooks, pathOf } from './webhooks.ts'

/** How to measure. */
export interface EventBenchOptions {
  /** Events a second. */
  readonly rate: number
  readonly seconds: number
  readonly webhooks: number
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (line: string) => void
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

const namespace = 'flux-system'
const patienceMs = 300_000

/** Measures how many events a second are told and how soon, and how soon a webhook asks for a reconciliation. */
export async function measureEvents(options: EventBenchOptions): Promise<void> {
  const { root, env, onProgress, signal, out, rate, seconds } = options
  const dataDir = join(root, 'up')
  const args = [`--data=${dataDir}`, '--path=none', '--controllers=notification']
  const up = await runUp({ args, env, onProgress, signal })
  try {
    const { state } = up
    const pid = state.pids['notification'] ?? 0
    const client = new KubeClient({
      target: await loadTarget({ kubeconfig: state.kubeconfig, env: {} }),
      userAgent: 'bench',
    })
    await using inbox = await startCountingInbox()
    for (const object of objectsFor(inbox.url))
      await client.apply(object, { fieldManager: 'bench', force: true, signal })
    onProgress(`publishing ${rate} events a second for ${seconds} s`)
    const sink = openProducer(state.natsUrl, state.natsSeedFile)
    const cpuBefore = await readCpuSeconds(pid)
    const startedMs = performance.now()
    const total = await publishAtRate(sink, { rate, seconds, namespace }, signal)
    const publishedMs = performance.now() - startedMs
    await untilAll(inbox.counts, total, signal)
    const toldMs = performance.now() - startedMs
    const cpu = (await readCpuSeconds(pid)) - cpuBefore
    const { peakMiB } = await readMemory(pid)
    await sink.close?.()
    const delays = spreadOf(inbox.delaysMs)
    const twice = [...inbox.counts.values()].reduce((sum, count) => sum + count - 1, 0)
    out(`events: ${total} published in ${(publishedMs / 1000).toFixed(1)} s, told in ${(toldMs / 1000).toFixed(1)} s`)
    out(`events told a second: ${((total / toldMs) * 1000).toFixed(0)}`)
    out(
      `delay: median ${delays.median.toFixed(0)} ms, p99 ${delays.p99?.toFixed(0)} ms, most ${delays.max.toFixed(0)} ms`,
    )
    out(`told twice: ${twice}`)
    out(`notification controller: ${cpu.toFixed(1)} CPU-s, ${peakMiB.toFixed(0)} MiB at most`)
    const addresses = await readAddresses(dataDir)
    const url = `http://${addresses}${await pathOf(client, namespace, 'bench')}`
    const tooks = spreadOf(
      await measureWebhooks(client, { url, namespace, object: 'bench', samples: options.webhooks }, signal),
    )
    out(
      `webhook to request: median ${tooks.median.toFixed(1)} ms, p99 ${tooks.p99?.toFixed(1)} ms, most ${tooks.max.toFixed(1)} ms`,
    )
    await client.close()
  } finally {
    await up.stop()
  }
}

async function readAddresses(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, 'controllers/notification/addresses.json'), 'utf8')
  return (JSON.parse(text) as { webhooks: string }).webhooks
}

async function untilAll(counts: ReadonlyMap<number, number>, total: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (counts.size < total) {
    signal.throwIfAborted()
    if (Date.now() > deadline) throw new BenchError('MeasureFailed', `${counts.size} of ${total} events were told`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function objectsFor(inboxUrl: string): KubeObject[] {
  const metadata = { name: 'bench', namespace }
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token: 'bench' } },
    ...alertFor(namespace, inboxUrl),
    {
      ...{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata },
      spec: { url: 'https://example.com/fleet.git', interval: '1h' },
    },
    {
      ...{ apiVersion: 'notification.toolkit.fluxcd.io/v1', kind: 'Receiver', metadata },
      spec: { type: 'generic', secretRef: { name: 'bench' }, resources: [{ kind: 'GitRepository', name: 'bench' }] },
    },
  ]
}
