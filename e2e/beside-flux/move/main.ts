// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { getCondition } from '@tidelock/api'
import type { KubeObject, Kustomization } from '@tidelock/api'
import { commitFiles, createRepository, findFreePort } from '@tidelock/local-cluster'
import { EventReceiver, startRegistry } from '@tidelock/testkit'
import { compare } from '../compare.ts'
import { ownPrograms, startControllers } from '../controllers.ts'
import type { Whose } from '../controllers.ts'
import { openPlace } from '../place.ts'
import { flatten } from '../snapshot.ts'
import { fleetFiles, fleetObjects, packedFiles } from './fleet.ts'
import { ownObjects, readState } from './state.ts'
import type { ClusterState } from './state.ts'

const { values } = parseArgs({
  options: {
    'flux-source': { type: 'string' },
    'flux-kustomize': { type: 'string' },
    'flux-notification': { type: 'string' },
    'flux-cli': { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const program = (name: keyof typeof values): string => {
  const given = values[name]
  if (typeof given === 'string') return given
  console.error(`--${name} PROGRAM is missing`)
  process.exit(2)
}
const fluxPrograms = {
  source: [program('flux-source')],
  kustomize: [program('flux-kustomize')],
  notification: [program('flux-notification')],
}
const fluxCli = program('flux-cli')

await using place = await openPlace({
  ...{ prefix: 'beside-flux-move-', keep: values.keep, env: process.env, auditLog: 'audit.log' },
})
const { client, gitRoot, gitUrl, kubeconfig, directory, cacheDir } = place
await using stops = new AsyncDisposableStack()
const { gitDir } = await createRepository(gitRoot, 'fleet.git')
await commitFiles(gitDir, fleetFiles)
const registry = stops.use(await startRegistry())
const inbox = stops.use(await EventReceiver.start())

async function flux(...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: kubeconfig }
    execFile(fluxCli, args, { env, timeout: 90_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve(`$ flux ${args.join(' ')}\n${stdout}${stderr}[${error === null ? 0 : error.code}]\n`)
    })
  })
}

async function writeTree(root: string, files: Readonly<Record<string, string | null>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text ?? '')
  }
}

await writeTree(join(directory, 'packed'), packedFiles)
await writeTree(join(directory, 'fleet'), fleetFiles)
const oci = `oci://${new URL(registry.url).host}/packed`
const pushed = ['--source=https://example.com/packed', '--revision=v1@sha1:0000000000000000000000000000000000000001']
console.error(
  await flux('push', 'artifact', `${oci}:v1`, `--path=${join(directory, 'packed')}`, ...pushed, '--insecure-registry'),
)
for (const object of fleetObjects({ git: new URL('fleet.git', gitUrl).href, oci, inbox: inbox.url }))
  await client.apply(object, { fieldManager: 'kubectl-client-side-apply', force: true })

const ports = { storage: await findFreePort(), events: await findFreePort(), hooks: await findFreePort() }
async function start(whose: Whose, run: number): Promise<AsyncDisposable> {
  const events = `http://127.0.0.1:${ports.events}/`
  const storage = `127.0.0.1:${ports.storage}`
  const common = [`--events-addr=${events}`, '--enable-leader-election=false', '--requeue-dependency=5s']
  return startControllers({
    ...{ whose, kubeconfig, cacheDir, namespace: 'flux-system' },
    programs: whose === 'flux' ? fluxPrograms : ownPrograms(),
    directory: join(directory, `${run}-${whose}`),
    flags: {
      notification: [`--events-addr=:${ports.events}`, `--receiverAddr=:${ports.hooks}`],
      source: [...common, `--storage-addr=${storage}`, `--storage-adv-addr=${storage}`],
      kustomize: common,
    },
  })
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const expectedNotReady = new Set(['broken', 'blocked', 'suspended'])

/** How often each Kustomization that is ready has run. */
async function runs(): Promise<Map<string, number>> {
  const objects = (await ownObjects(client)) as Kustomization[]
  const ready = objects.filter((each) => getCondition(each, 'Ready')?.status === 'True' && each.status?.history)
  return new Map(
    ready.map(({ metadata, status }) => [
      metadata.name,
      (status?.history ?? []).reduce((sum, { totalReconciliations }) => sum + (totalReconciliations ?? 0), 0),
    ]),
  )
}

/** Until each that was ready has run again. */
async function untilTakenOver(before: ReadonlyMap<string, number>): Promise<void> {
  for (let waited = 0; waited < 240_000; waited += 1000) {
    const now = await runs()
    if ([...before].every(([name, count]) => (now.get(name) ?? 0) > count)) return
    await pause(1000)
  }
  console.log('not all were taken over')
}

/** Until all is as it should be, and nothing was written for a while. */
async function untilQuiet(quietMs: number): Promise<void> {
  let seen = ''
  let quiet = 0
  for (let waited = 0; quiet < quietMs; waited += 500) {
    const objects = await ownObjects(client)
    const isReady = (each: KubeObject): boolean =>
      expectedNotReady.has(each.metadata.name) ||
      !['Kustomization', 'GitRepository', 'OCIRepository', 'Receiver'].includes(each.kind) ||
      getCondition(each, 'Ready')?.status === 'True'
    const waiting = objects.filter((each) => !isReady(each)).map(({ metadata }) => metadata.name)
    const versions = objects.map(({ metadata }) => metadata.resourceVersion).join()
    quiet = versions === seen && waiting.length === 0 && objects.length > 15 ? quiet + 500 : 0
    seen = versions
    if (waited > 180_000) {
      console.log(`not settled: ${waiting.join(', ')}`)
      return
    }
    await pause(500)
  }
}

function neutral(text: string): string {
  return text
    .replaceAll(/\/tmp\/kustomization-\d+|\/artifact\b/g, 'ROOT')
    .replaceAll(/"totalReconciliations":\d+/g, '"totalReconciliations":0')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ms|µs|s)\b/g, 'DURATION')
}

function report(title: string, one: unknown, other: unknown): void {
  const [before, after] = [one, other].map((tree) => {
    const into = new Map<string, string>()
    flatten('', JSON.parse(neutral(JSON.stringify(tree))), into)
    return into
  })
  const differences = compare(before ?? new Map(), after ?? new Map())
  console.log(`## ${title}${differences.length === 0 ? ': equal' : ''}`)
  for (const { path, flux: was, tidelock: is } of differences)
    console.log(`- ${path}\n    before: ${was}\n    after:  ${is}`)
}

interface KubeEvent extends KubeObject {
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string }
}

async function events(): Promise<Map<string, string>> {
  const { items } = await client.list<KubeEvent>(
    { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true },
    { namespace: 'flux-system' },
  )
  return new Map(
    items.map(({ metadata, involvedObject: about, reason, message }) => [
      `${metadata.name} ${metadata.resourceVersion}`,
      `${about.kind}/${about.name} ${reason}: ${message}`,
    ]),
  )
}

async function commands(): Promise<Record<string, string[]>> {
  const out: Record<string, string[]> = {}
  const fleet = join(directory, 'fleet')
  const run = async (line: string): Promise<void> => {
    out[line.replaceAll(directory, '')] = neutral(await flux(...line.split(' ')))
      .replaceAll(/ +/g, ' ')
      .split('\n')
  }
  await run('get all -A')
  await run('get kustomizations -A')
  await run('tree ks root')
  await run('trace deployment over-web -n shop')
  await run('trace configmap from-oci -n shop')
  await run('stats')
  await run(`diff ks overlay --path ${fleet}/apps/over --progress-bar=false`)
  await run(`diff ks root --path ${fleet}/cluster --progress-bar=false`)
  await run('suspend ks overlay')
  await run('get ks overlay')
  await run('resume ks overlay')
  await run('reconcile ks overlay --with-source')
  await run('reconcile source git fleet')
  await run('reconcile source oci packed')
  await run('suspend source git fleet')
  await run('resume source git fleet')
  await run('reconcile ks broken --timeout 5s')
  await run('export source git fleet')
  await run('export ks overlay')
  return out
}

let previous: { state: ClusterState; commands: Record<string, string[]> } | undefined
const order: readonly Whose[] = ['flux', 'tidelock', 'flux']
for (const [run, whose] of order.entries()) {
  console.log(`\n# ${run + 1}: ${whose}`)
  const before = await readState(client)
  const eventsBefore = await events()
  const told = inbox.events.length
  const ranBefore = await runs()
  const running = await start(whose, run)
  try {
    await untilTakenOver(ranBefore)
    await untilQuiet(8_000)
    const state = await readState(client)
    if (run > 0) {
      report('applied objects', before.managed, state.managed)
      report('objects of the toolkit', before.own, state.own)
    }
    const said = [...(await events())].filter(([name]) => !eventsBefore.has(name)).map(([, text]) => neutral(text))
    console.log(['## events', ...said.sort()].join('\n'))
    const posted = inbox.events
      .slice(told)
      .map((e) => `${e.involvedObject.kind}/${e.involvedObject.name} ${e.severity} ${e.reason}: ${e.message}`)
    console.log(['## notifications', ...posted.map(neutral).sort()].join('\n'))
    const printed = await commands()
    if (previous === undefined) console.log(JSON.stringify(printed, undefined, 1))
    else report('commands', previous.commands, printed)
    await untilQuiet(3_000)
    previous = { state: await readState(client), commands: printed }
  } finally {
    await running[Symbol.asyncDispose]()
  }
}
