// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AdminClient } from '../src/admin-client.ts'
import { type LocalCluster, POD_BEHAVIOUR_ANNOTATION, startLocalCluster } from '../src/index.ts'
import { isProcessAlive } from '../src/lock.ts'
import {
  adminOf,
  BINARY_OPTIONS,
  deployment,
  NatsSession,
  send,
  startInOtherProcess,
  until,
  writeWrappers,
} from './harness.ts'

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const PODS = '/api/v1/namespaces/default/pods'

let root: string
let cluster: LocalCluster
let admin: AdminClient
const unexpected: string[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-cluster-'))
  cluster = await startLocalCluster({
    ...BINARY_OPTIONS,
    dataDir: join(root, 'a'),
    auditLogPath: join(root, 'audit.log'),
    natsUsers: [{ name: 'reader', publish: [], subscribe: ['events.>'] }],
    onUnexpectedExit: (component, how) => unexpected.push(`${component}: ${how}`),
  })
  admin = await adminOf(cluster)
}, 600_000)

afterAll(async () => {
  admin[Symbol.dispose]()
  await cluster.stop()
  await rm(root, { recursive: true, force: true })
})

async function untilAvailable(name: string): Promise<void> {
  await until(`two available replicas of ${name}`, async () => {
    const { status } = (await send(admin, 'GET', `${DEPLOYMENTS}/${name}`)) as {
      status: { availableReplicas?: number }
    }
    return status.availableReplicas === 2
  })
}

describe('the control plane', () => {
  it('makes Deployments Ready', async () => {
    await send(admin, 'POST', DEPLOYMENTS, deployment('ready'))
    await untilAvailable('ready')
    expect(await send(admin, 'GET', PODS)).toMatchObject({
      items: [
        { status: { phase: 'Running', podIP: expect.any(String) } },
        { status: { phase: 'Running', podIP: expect.any(String) } },
      ],
    })
  })

  it.each([
    ['Pending', 'Pending'],
    ['Unready', 'Running'],
    ['Failed', 'Failed'],
  ])('keeps pods %s that ask for it', async (behaviour, phase) => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: behaviour.toLowerCase(), annotations: { [POD_BEHAVIOUR_ANNOTATION]: behaviour } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'registry.test/app' }] },
    }
    await send(admin, 'POST', PODS, pod)
    await until(`phase ${phase}`, async () => {
      const { spec, status } = (await send(admin, 'GET', `${PODS}/${pod.metadata.name}`)) as {
        spec: { nodeName?: string }
        status: { phase: string; conditions?: { type: string; status: string }[] }
      }
      expect(status.conditions ?? []).not.toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }))
      return spec.nodeName !== undefined && status.phase === phase
    })
  })

  it('reports its true version', async () => {
    expect(await send(admin, 'GET', '/version')).toMatchObject({ gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) })
  })

  it('gives tokens, and lets nobody in without credentials but to ask for its health', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token'
    const { status } = (await send(admin, 'POST', path, { spec: {} })) as { status: { token: string } }
    const ca = await readFile(cluster.caFile, 'utf8')
    const statusOf = (target: string, headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const get = request(new URL(target, cluster.server), { ca, headers }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        get.once('error', reject).end()
      })
    expect(await statusOf('/api', {})).toBe(401)
    expect(await statusOf('/readyz', {})).toBe(200)
    expect(await statusOf('/api', { authorization: `Bearer ${status.token}` })).toBe(200)
    expect(await statusOf('/api/v1/secrets', { authorization: `Bearer ${status.token}` })).toBe(403)
  })

  it('writes one line into the audit log for each request', async () => {
    const mark = '/api/v1/namespaces/default/configmaps/audited'
    await admin.send('GET', mark)
    const events = (await readFile(join(root, 'audit.log'), 'utf8')).trimEnd().split('\n')
    const mine = events.map((line) => JSON.parse(line) as { requestURI: string }).filter((e) => e.requestURI === mark)
    expect(mine).toMatchObject([{ level: 'Metadata', stage: 'ResponseComplete', verb: 'get' }])
  })

  it('keeps its files from others', async () => {
    expect((await stat(cluster.dataDir)).mode & 0o777).toBe(0o700)
    expect((await stat(cluster.kubeconfigPath)).mode & 0o777).toBe(0o600)
  })
})

describe('the bus', () => {
  it('lets each user do what it may', async () => {
    const session = await NatsSession.open(cluster.natsUrl, cluster.natsSeedFile('admin'))
    const reader = await NatsSession.open(cluster.natsUrl, cluster.natsSeedFile('reader'))
    try {
      expect(await reader.exchange('SUB events.x 1\r\n')).toBe('PONG\r\n')
      expect(await session.exchange('PUB events.x 2\r\nhi\r\n')).toBe('PONG\r\n')
      expect(await reader.exchange('')).toContain('MSG events.x 1 2\r\nhi\r\n')
      expect(await reader.exchange('PUB events.x 2\r\nhi\r\n')).toContain('Permissions Violation for Publish')
      expect(await reader.exchange('SUB secret 2\r\n')).toContain('Permissions Violation for Subscription')
    } finally {
      session.close()
      reader.close()
    }
    expect(() => cluster.natsSeedFile('nobody')).toThrow('NATS user nobody does not exist')
  })
})

describe('faults', () => {
  it('restarts the API server on its port with its objects', async () => {
    const { server, pids } = cluster
    await cluster.restart('kube-apiserver')
    expect(cluster.server).toBe(server)
    expect(cluster.pids['kube-apiserver']).not.toBe(pids['kube-apiserver'])
    expect(await send(admin, 'GET', '/api/v1/namespaces/default')).toMatchObject({ kind: 'Namespace' })
  })

  it('leaves a killed component down until it is started', async () => {
    const pid = cluster.pids['nats-server'] ?? 0
    cluster.kill('nats-server')
    await cluster.exited('nats-server')
    expect(isProcessAlive(pid)).toBe(false)
    expect(cluster.pids).not.toHaveProperty('nats-server')
    expect(() => cluster.kill('nats-server')).toThrow('nats-server does not run: start it first')
    await cluster.start('nats-server')
    const session = await NatsSession.open(cluster.natsUrl, cluster.natsSeedFile('admin'))
    session.close()
  })

  it('revives a controller manager that ended by itself', async () => {
    const pid = cluster.pids['kube-controller-manager'] ?? 0
    process.kill(pid, 'SIGKILL')
    await until('a new one', async () => (cluster.pids['kube-controller-manager'] ?? pid) !== pid)
    expect(unexpected).toContain('kube-controller-manager: signal SIGKILL')
    await send(admin, 'POST', DEPLOYMENTS, deployment('revived'))
    await untilAvailable('revived')
  })
})

describe('a start that is called off', () => {
  it('ends what it has started and frees the folder', async () => {
    const dataDir = join(root, 'c')
    const ending = new AbortController()
    const { signal } = ending
    const components = { nats: false, kwok: false }
    const start = startLocalCluster({ ...BINARY_OPTIONS, dataDir, components, signal })
    start.catch(() => undefined)
    await until('etcd at work', async () => (await readdir(dataDir).catch(() => [] as string[])).includes('etcd'))
    ending.abort()
    await expect(start).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(dataDir)).toEqual(expect.arrayContaining(['etcd', 'logs']))
    expect(await readdir(dataDir)).not.toContain('lock')
    const socket = connect({ path: join(dataDir, 'run', 'etcd:0') })
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: expect.stringMatching(/ECONNREFUSED|ENOENT/) })
  })
})

describe('a second cluster beside it', () => {
  it('ends with its killed parent, and comes back with its objects and ports', async () => {
    // Half of it from binaries that know nothing of us, to see that these end too.
    const assetsDir = join(root, 'assets')
    await writeWrappers(assetsDir, ['etcd', 'kube-apiserver'])
    const options = { ...BINARY_OPTIONS, assetsDir, dataDir: join(root, 'b') }
    const parent = await startInOtherProcess(options)
    expect(parent.server).not.toBe(cluster.server)
    expect(Object.keys(parent.pids)).toHaveLength(6)
    await expect(startLocalCluster(options)).rejects.toMatchObject({
      code: 'DataDirInUse',
      message: expect.stringContaining(`is run by process ${parent.pid} on `),
    })
    await parent.kill()
    await until('no orphan', async () => !Object.values(parent.pids).some((pid) => isProcessAlive(pid)))
    const second = await startLocalCluster(options)
    try {
      expect(second.server).toBe(parent.server)
      using client = await adminOf(second)
      const node = (await send(client, 'GET', '/api/v1/namespaces/default')) as {
        metadata: { creationTimestamp: string }
      }
      await send(client, 'POST', '/api/v1/namespaces', { metadata: { name: 'kept' } })
      await second.stop()
      const third = await startLocalCluster(options)
      using again = await adminOf(third)
      expect(await send(again, 'GET', '/api/v1/namespaces/kept')).toMatchObject({ metadata: { name: 'kept' } })
      expect(await send(again, 'GET', '/api/v1/namespaces/default')).toMatchObject({ metadata: node.metadata })
      await third.stop()
      expect(Object.values(third.pids)).toEqual([])
    } finally {
      await second.stop()
    }
  })
})
