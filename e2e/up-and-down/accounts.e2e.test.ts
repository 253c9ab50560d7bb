// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { BusConnection, eventSubjectPrefix } from '@tidelock/bus'
import type { UpState } from '@tidelock/cli'
import type { KubeObject } from '@tidelock/api'
import { tidelock } from '../harness/command.ts'
import { processesOf, untilNoProcess } from '../harness/processes.ts'
import { connectTo, temporaryDirectory } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let state: UpState

beforeAll(async () => {
  directory = await temporaryDirectory()
  const { code, stdout, stderr } = await tidelock(['up', '--detach', '-o', 'json', '--data', directory.path])
  if (code !== 0) throw new Error(stderr)
  state = JSON.parse(stdout) as UpState
})
afterAll(async () => {
  await tidelock(['down', '--data', directory.path])
  await directory.remove()
})

/** Waits for the words among what is said about a connection. */
async function untilSaid(statuses: AsyncIterable<object>, words: string): Promise<void> {
  for await (const status of statuses) if ('error' in status && String(status.error).includes(words)) return
  throw new Error(`the connection ended, and nobody said: ${words}`)
}

const controllers = ['source', 'kustomize', 'notification']

describe('tidelock up --detach -o json', () => {
  it('returns when all is up and says where everything is', async () => {
    expect(state).toMatchObject({
      dataDir: directory.path,
      server: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      gitUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/fleet\.git$/),
      natsUrl: expect.stringMatching(/^nats:\/\/127\.0\.0\.1:\d+$/),
    })
    expect(Object.keys(state.pids).toSorted()).toEqual(controllers.toSorted())
    const alive = await processesOf(directory.path)
    for (const [name, pid] of Object.entries(state.pids))
      expect(alive.find((each) => each.pid === pid)?.command).toContain(`controllers/${name}/src/main.ts`)
    expect(alive.map(({ pid }) => pid)).toContain(state.pid)
  })

  it('shows keys to nobody else', async () => {
    const secrets = [
      state.kubeconfig,
      state.natsSeedFile,
      ...controllers.map((name) => join(state.dataDir, 'controllers', name, 'kubeconfig')),
    ]
    for (const path of secrets) expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(state.dataDir)).mode & 0o777).toBe(0o700)
  })

  it.each(controllers)('runs the %s controller under its own account', async (name) => {
    const kubeconfig = join(state.dataDir, 'controllers', name, 'kubeconfig')
    const { command = '' } = (await processesOf(directory.path)).find(({ pid }) => pid === state.pids[name]) ?? {}
    expect(command).toContain(`--kubeconfig=${kubeconfig} `)
    const client = await connectTo(kubeconfig)
    const review = await client.create<KubeObject & { status?: { userInfo: { username: string } } }>({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: { name: '' },
    })
    expect(review.status?.userInfo.username).toBe(`system:serviceaccount:flux-system:${name}-controller`)
    await client.close()
  })

  it('lets no controller listen to events on the bus, or publish anything else', async () => {
    const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined }
    const seedFile = state.natsSeedFile.replace('admin', 'source-controller')
    const settings = {
      url: state.natsUrl,
      seedFile,
      name: 'source-controller',
      log: quiet,
      random: Math.random,
      timeoutMs: 60_000,
    }
    const bus = new BusConnection(settings)
    const connection = await bus.get()
    for (const subject of [`${eventSubjectPrefix}.>`, '_INBOX.kustomize-controller.>']) {
      const refusal = await new Promise<string>((resolve) => {
        connection.subscribe(subject, { callback: (error) => resolve(error?.message ?? 'none') })
      })
      expect(refusal).toMatch(/Permissions Violation for Subscription/)
    }
    for (const subject of ['anything', '$JS.API.STREAM.DELETE.TIDELOCK_EVENTS']) {
      const statuses = connection.status()
      connection.publish(subject, '{}')
      const refusal = `Permissions Violation for Publish to "${subject}"`
      await expect(untilSaid(statuses, refusal)).resolves.toBeUndefined()
    }
    await bus.close()
  })

  it('refuses a second one on the same directory', async () => {
    for (const more of [[], ['--detach']]) {
      const { code, stderr } = await tidelock(['up', '--data', directory.path, ...more])
      expect(stderr).toContain(`✗ tidelock up runs already on ${directory.path} (process ${state.pid} on `)
      expect(stderr).toContain(`end it with 'tidelock down --data ${directory.path}', or give another --data`)
      expect(code).toBe(1)
    }
  })
})

describe('tidelock down', () => {
  it('leaves no process', async () => {
    const { code, stderr } = await tidelock(['down', '--data', directory.path])
    expect(stderr).toContain(`stopped; the data in ${directory.path} is kept`)
    expect(code).toBe(0)
    await untilNoProcess(directory.path)
  })

  it('says so when nothing runs', async () => {
    const { code, stderr } = await tidelock(['down', '--data', directory.path])
    expect(stderr).toContain(`nothing runs on ${directory.path}`)
    expect(code).toBe(1)
  })
})
