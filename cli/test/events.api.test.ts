// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { apiVersionOf, kustomizationKind } from '@tidelock/api'
import type { EventSeverity } from '@tidelock/api'
import { BusConnection, createNatsSink, ensureStream } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'
import { errorMessage } from '@tidelock/errors'
import { createNamespace, eventually, installCrds, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { createProgram } from '../src/index.ts'

let cluster: TestCluster
let namespace: string
const log = { debug: () => undefined, info: () => undefined, error: () => undefined }
const stopping = new AbortController()
const running: Promise<string>[] = []

beforeAll(async () => {
  cluster = await testCluster()
  await installCrds(cluster.client)
  namespace = await createNamespace(cluster.client, 'cli')
})
afterAll(async () => {
  stopping.abort()
  await Promise.all(running)
})

/** Runs a command line in the namespace of the test, as `main.ts` does. */
function start(line: string): { ended: Promise<string>; out: () => string } {
  let out = ''
  let err = ''
  const program = createProgram({
    ...{ env: { NATS_URL: cluster.natsUrl }, home: homedir(), cwd: '/', self: 'tidelock', terminal: undefined },
    ...{ colors: false, results: { colors: false, columns: undefined } },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: stopping.signal,
  })
  const words = ['--kubeconfig', cluster.kubeconfigPath, '-n', namespace, ...line.split(' ')]
  const ended = program.parseAsync(words, { from: 'user' }).then(
    () => out + err,
    (error: unknown) => `${out}${err}✗ ${errorMessage(error)}\n`,
  )
  running.push(ended)
  return { ended, out: () => out }
}

const run = (line: string): Promise<string> => start(line).ended

/** The cells of a table without its header, blanks taken off. */
const cells = (table: string): string[][] =>
  table
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split('\t').map((cell) => cell.trim()))
    .map((row) => row.slice(0, -1))

describe('events', () => {
  let minutes = 0
  async function report(kind: string, name: string, type: string, reason: string): Promise<void> {
    const time = new Date(Date.now() - 3_600_000 + minutes++ * 60_000).toISOString().replace(/\.\d+/, '')
    await cluster.client.create({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: `e-${randomUUID()}`, namespace }, type, reason },
      involvedObject: { kind, name, namespace, apiVersion: 'any/v1' },
      ...{ message: `${name} says`, firstTimestamp: time, lastTimestamp: time, count: 1 },
      ...{ source: { component: 'test' }, reportingComponent: 'test', reportingInstance: 'test' },
    })
  }

  it('are those of toolkit objects, oldest first', async () => {
    expect(await run('events')).toBe(`✗ No events found in ${namespace} namespace.\n`)
    await report('GitRepository', 'fleet', 'Warning', 'Failed')
    await report('Pod', 'web', 'Normal', 'Started')
    await report('Kustomization', 'apps', 'Normal', 'Done')
    await report('Kustomization', 'other', 'Normal', 'Done')
    const fleet = ['Warning', 'Failed', 'GitRepository/fleet', 'fleet says']
    const apps = ['Normal', 'Done', 'Kustomization/apps', 'apps says']
    const other = ['Normal', 'Done', 'Kustomization/other', 'other says']
    const shown = async (line: string): Promise<string[][]> => cells(await run(line)).map(([, ...row]) => row)
    expect(await run('events')).toMatch(/^LAST SEEN\s+TYPE\s+REASON\s+OBJECT\s+MESSAGE /)
    expect(await shown('events')).toEqual([fleet, apps, other])
    expect(await shown('events --types warning')).toEqual([fleet])
    expect(await shown('events --for kustomization')).toEqual([apps, other])
    await cluster.client.create({
      ...{ apiVersion: apiVersionOf(kustomizationKind), kind: 'Kustomization', metadata: { name: 'apps', namespace } },
      spec: { interval: '1h', prune: true, suspend: true, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
    })
    expect(await shown('events --for Kustomization/apps')).toEqual([fleet, apps])
    expect(await run('events --for Kustomization/no')).toBe(
      '✗ kustomizations.kustomize.toolkit.fluxcd.io "no" not found\n',
    )
    const everywhere = (await run('events -A')).split('\n').filter((line) => line.startsWith(namespace))
    expect(everywhere).toHaveLength(3)
  })

  it('are watched', async () => {
    const { out } = start('events --watch --for Kustomization')
    await eventually(() => expect(out()).toContain('Kustomization/other'))
    await report('Kustomization', 'late', 'Normal', 'Done')
    await eventually(() => expect(out()).toContain('Kustomization/late'))
    expect(out().match(/LAST SEEN/g)).toHaveLength(1)
    expect(out()).not.toContain('GitRepository')
  })
})

describe('history', () => {
  const options = () => ({
    ...{ url: cluster.natsUrl, seedFile: cluster.natsSeedFile, name: 'cli-test', log, random: Math.random },
    timeoutMs: 60_000,
  })
  let sink: EventSink | undefined
  async function publish(kind: string, name: string, severity: EventSeverity, message: string): Promise<void> {
    const event = {
      ...{ involvedObject: { kind, namespace, name }, severity, message, reason: 'Done' },
      ...{ timestamp: '2026-01-01T00:00:00Z', reportingController: 'test' },
    }
    await sink?.deliver(event, randomUUID(), stopping.signal)
  }
  const seed = (): string => `--nats-seed-file ${cluster.natsSeedFile}`

  beforeAll(async () => {
    const admin = new BusConnection(options())
    await eventually(() => ensureStream(admin, { maxBytes: 1 << 22 }))
    await admin.close()
    sink = createNatsSink(options())
    await publish('Kustomization', 'apps', 'info', 'one')
    await publish('GitRepository', 'fleet', 'error', 'two')
    await publish('Kustomization', 'my.app', 'error', 'three\nlines')
  })

  afterAll(() => sink?.close?.())

  it('is what the bus keeps, oldest first', async () => {
    const row = (severity: string, object: string, message: string): string[] => [
      ...['2026-01-01T00:00:00Z', severity, 'Done', object, message],
    ]
    const [one, two] = [row('info', 'Kustomization/apps', 'one'), row('error', 'GitRepository/fleet', 'two')]
    const three = [row('error', 'Kustomization/my.app', 'three'), ['', '', '', '', 'lines']]
    const table = await run(`history ${seed()}`)
    expect(table).toMatch(/^TIME\s+SEVERITY\s+REASON\s+OBJECT\s+MESSAGE /)
    expect(cells(table)).toEqual([one, two, ...three])
    expect(cells(await run(`history ${seed()} --severity error`))).toEqual([two, ...three])
    expect(cells(await run(`history ${seed()} --for kustomization`))).toEqual([one, ...three])
    expect(cells(await run(`history ${seed()} --for Kustomization/my.app`))).toEqual(three)
    expect(cells(await run(`history ${seed()} --limit 2 --since 1h`))).toEqual([two, ...three])
    expect(await run(`history ${seed()} --for Alert`)).toBe(`✗ No events found in ${namespace} namespace.\n`)
    const lines = (await run(`history ${seed()} -o json --for GitRepository`)).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ message: 'two', severity: 'error', id: expect.any(String) }),
    ])
    const everywhere = (await run(`history ${seed()} -A`)).split('\n').filter((line) => line.startsWith(namespace))
    expect(everywhere).toHaveLength(3)
  })

  it('is watched', async () => {
    const { out } = start(`history ${seed()} --watch --severity info`)
    await eventually(() => expect(out()).toContain('one'))
    await publish('Kustomization', 'apps', 'info', 'four')
    await eventually(() => expect(out()).toContain('four'))
    expect(out()).not.toContain('two')
  })

  it('needs a bus', async () => {
    expect(await run('history --nats-url nats://127.0.0.1:1')).toContain('✗ ')
    expect(await run('history --limit 0')).toContain('It must be a number above 0.')
  })
})
