// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { startLocalCluster } from '@tidelock/local-cluster'
import type { LocalCluster } from '@tidelock/local-cluster'
import { installCrds } from '@tidelock/testkit'
import { BenchError } from '../../errors.ts'
import { startCountingInbox } from '../counting-inbox.ts'
import type { CountingInbox } from '../counting-inbox.ts'
import { alertFor } from '../objects.ts'
import { DoomedProcess } from './doomed-process.ts'
import { report } from './report.ts'

/** How to measure what is lost, and what is told twice. */
export interface LossOptions {
  readonly events: number
  /** Events a second, of all producers together. */
  readonly rate: number
  /** Half of them of producers, half of the notification controller. */
  readonly kills: number
  /** How long the bus is away in the middle of it, in seconds; 0: not at all. */
  readonly awaySeconds: number
  readonly root: string
  readonly cacheDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: (line: string) => void
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

const namespace = 'flux-system'
const producerCount = 4
/** Steps that each event, or each group of events, passes in a process. */
const steps = { producer: 2, notifier: 6 }
const patienceMs = 1_800_000
const quietMs = 5000

/** Runs producers and the notification controller as processes that die at random between two steps, and counts what arrives. */
export async function measureLosses(options: LossOptions): Promise<void> {
  const { root, cacheDir, env, onProgress, signal, events, kills, awaySeconds } = options
  await using stack = new AsyncDisposableStack()
  const cluster = await startLocalCluster({
    ...{ dataDir: join(root, 'cluster'), cacheDir, onProgress, signal },
    components: { controllerManager: false, scheduler: false, kwok: false },
    ...(env['PATH'] === undefined ? {} : { searchPath: env['PATH'] }),
  })
  stack.defer(() => cluster.stop())
  const inbox = stack.use(await startCountingInbox())
  await prepare(cluster, inbox, signal)
  const notifier = startNotifier(options, cluster)
  const producers = await startProducers(options, cluster)
  const all = [notifier, ...producers]
  stack.defer(() => all.forEach((each) => each.stop()))
  onProgress(`${events} events, ${kills} kills, ${awaySeconds} s without the bus`)
  const startedMs = performance.now()
  const running = Promise.all(all.map((each) => each.run()))
  // told below, by whoever waits for it
  running.catch(() => undefined)
  const away = awaySeconds === 0 ? undefined : takeBusAway(cluster, options)
  await Promise.race([untilTold(inbox, options), running.then(() => Promise.reject(new Error('all ended')))])
  const tookMs = performance.now() - startedMs
  await away
  await new Promise((resolve) => setTimeout(resolve, quietMs))
  report({ options, inbox, notifier, producers, tookMs })
}

async function prepare(cluster: LocalCluster, inbox: CountingInbox, signal: AbortSignal): Promise<void> {
  const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
  const client = new KubeClient({ target, userAgent: 'bench' })
  await installCrds(client)
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  for (const object of [home, ...alertFor(namespace, inbox.url)])
    await client.apply(object, { fieldManager: 'bench', force: true, signal })
  await client.close()
}

function startNotifier({ root, env, events, kills }: LossOptions, cluster: LocalCluster): DoomedProcess {
  const count = Math.ceil(kills / 2)
  return new DoomedProcess({
    program: fileURLToPath(new URL('notifier.ts', import.meta.url)),
    args: [
      `--kubeconfig=${cluster.kubeconfigPath}`,
      ...['--metrics-addr=0', '--health-addr=0', '--events-addr=127.0.0.1:0', '--receiverAddr=0', '--log-level=error'],
      `--spool-dir=${join(root, 'notifier')}`,
      `--nats-url=${cluster.natsUrl}`,
      `--nats-seed-file=${cluster.natsSeedFile('admin')}`,
    ],
    env: { ...env, RUNTIME_NAMESPACE: namespace },
    kills: count,
    lifetime: lifetimeOf(events * steps.notifier, count),
  })
}

async function startProducers(options: LossOptions, cluster: LocalCluster): Promise<DoomedProcess[]> {
  const { root, env, events, rate, kills } = options
  const producers: DoomedProcess[] = []
  for (let index = 0; index < producerCount; index++) {
    const name = `producer-${index}`
    const directory = join(root, name)
    await mkdir(directory)
    const [from, to] = [index, index + 1].map((each) => Math.floor((each * events) / producerCount))
    const place = { directory, natsUrl: cluster.natsUrl, seedFile: cluster.natsSeedFile('admin'), namespace, name }
    const count = Math.floor((Math.floor(kills / 2) + index) / producerCount)
    producers.push(
      new DoomedProcess({
        program: fileURLToPath(new URL('producer.ts', import.meta.url)),
        args: [JSON.stringify({ ...place, from, to, rate: rate / producerCount })],
        env,
        kills: count,
        lifetime: lifetimeOf((events / producerCount) * steps.producer, count),
      }),
    )
  }
  return producers
}

/** Random, so that all kills have happened when seven tenths of the steps are made, on average. */
function lifetimeOf(stepsInAll: number, kills: number): () => number {
  return () => randomInt(1, Math.max(2, Math.floor((1.4 * stepsInAll) / Math.max(1, kills))))
}

async function takeBusAway(cluster: LocalCluster, { awaySeconds, onProgress }: LossOptions): Promise<void> {
  const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  await wait(5)
  onProgress('the bus is killed')
  cluster.kill('nats-server')
  await cluster.exited('nats-server')
  await wait(awaySeconds)
  onProgress('the bus is back')
  await cluster.start('nats-server')
}

async function untilTold(inbox: CountingInbox, { events, signal, onProgress }: LossOptions): Promise<void> {
  const deadline = Date.now() + patienceMs
  let said = Date.now()
  while (inbox.counts.size < events) {
    signal.throwIfAborted()
    if (Date.now() > deadline)
      throw new BenchError('MeasureFailed', `${inbox.counts.size} of ${events} events were told: the others are lost`)
    if (Date.now() - said > 30_000) {
      said = Date.now()
      onProgress(`${inbox.counts.size} of ${events} events were told`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
