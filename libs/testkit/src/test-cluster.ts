// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { KubeClient, loadTarget } from '@tidelock/kube'

/** The shared control plane of a test run, and a client with full rights on it. */
export interface TestCluster {
  readonly kubeconfigPath: string
  readonly server: string
  readonly natsUrl: string
  /** Seed file of the bus account that may do everything. */
  readonly natsSeedFile: string
  readonly client: KubeClient
}

let shared: Promise<TestCluster> | undefined

/** Asks the runner for the control plane of this run (the first test that asks boots it). Throws outside of `npm test`. */
export function testCluster(): Promise<TestCluster> {
  shared ??= connect()
  return shared
}

async function connect(): Promise<TestCluster> {
  const address = process.env['TIDELOCK_TEST_CLUSTER']
  if (address === undefined)
    throw new Error('TIDELOCK_TEST_CLUSTER is not set: run tests with `npm test` or `npm run jest`')
  const response = await fetch(address)
  if (!response.ok) throw new Error(`the control plane of the test run did not start: ${await response.text()}`)
  const { kubeconfigPath, server, natsUrl, natsSeedFile } = (await response.json()) as Record<string, string>
  if (kubeconfigPath === undefined || server === undefined || natsUrl === undefined || natsSeedFile === undefined) {
    throw new Error('the runner answered without the coordinates of a control plane')
  }
  const target = await loadTarget({ kubeconfig: kubeconfigPath, env: {} })
  return {
    kubeconfigPath,
    server,
    natsUrl,
    natsSeedFile,
    client: new KubeClient({ target, userAgent: 'tidelock-test' }),
  }
}

/** Makes a namespace with a random name; the control plane goes with the run, so nobody deletes it. */
export async function createNamespace(client: KubeClient, prefix: string = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}
