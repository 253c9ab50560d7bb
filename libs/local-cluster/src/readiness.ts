// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { AdminClient } from './admin-client.ts'
import { NODE_NAME } from './arguments.ts'
import type { Child } from './child.ts'
import { LocalClusterError } from './errors.ts'
import { kwokNode } from './kwok.ts'
import { lastWords } from './last-words.ts'
import type { Layout } from './layout.ts'
import type { ComponentName } from './types.ts'
import { waitFor } from './wait.ts'

/** Bounds of each wait below. */
export interface ReadinessOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** A process that must live while it is waited for. */
export interface Awaited {
  readonly name: ComponentName
  readonly child: Child
}

const TAKEN_PORT = /address already in use/

/** Thrown inside when a component ended because somebody else had its port. */
export class PortTakenError extends Error {}

/** Waits until `probe` answers true; throws at once, with the last lines of its log, when the process ends. */
export async function waitUntilServing(
  { name, child }: Awaited,
  probe: () => Promise<boolean>,
  options: ReadinessOptions,
): Promise<void> {
  let reason = ''
  await waitFor(
    async () => {
      const outcome = child.outcome()
      if (outcome !== undefined) throw await endedEarly(name, outcome, await child.readLog())
      try {
        return (await probe()) ? true : undefined
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error)
        return undefined
      }
    },
    { what: `${name}: coming up`, timeoutMs: options.timeoutMs, signal: options.signal, reason: () => reason },
  )
}

async function endedEarly(name: ComponentName, outcome: string, log: string): Promise<Error> {
  if (TAKEN_PORT.test(log)) return new PortTakenError(`${name}: port taken`)
  return new LocalClusterError('StartFailed', `${name} ended with ${outcome} while starting:\n${lastWords(log)}`)
}

/** Whether etcd has opened its socket; one that a dead etcd left must be removed before. */
export async function isEtcdServing(layout: Layout): Promise<boolean> {
  // Not by connecting: the whole name may be longer than the system allows for sockets.
  const entry = await stat(etcdSocket(layout)).catch(() => undefined)
  return entry?.isSocket() ?? false
}

/** Where etcd's socket is, see `etcdArguments`. */
export function etcdSocket(layout: Layout): string {
  return join(layout.runDir, 'etcd:0')
}

/** Whether something takes connections on the port. */
export async function isPortServing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Whether the API server calls itself ready. */
export async function isApiServerReady(client: AdminClient, signal?: AbortSignal): Promise<boolean> {
  return (await client.send('GET', '/readyz', undefined, signal)).status === 200
}

/** Whether the controllers have given the default namespace its ServiceAccount. */
export async function hasDefaultServiceAccount(client: AdminClient, signal?: AbortSignal): Promise<boolean> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default'
  return (await client.send('GET', path, undefined, signal)).status === 200
}

/** Registers the node that KWOK plays, unless it is there. */
export async function registerNode(client: AdminClient, signal?: AbortSignal): Promise<void> {
  const { status, body } = await client.send('POST', '/api/v1/nodes', kwokNode(), signal)
  if (status !== 201 && status !== 409) {
    throw new LocalClusterError('StartFailed', `registering node ${NODE_NAME}: status ${status}: ${body.trim()}`)
  }
}

/** Whether the node is Ready and, where a controller manager looks after it, free of taints. */
export async function isNodeReady(client: AdminClient, mayBeTainted: boolean, signal?: AbortSignal): Promise<boolean> {
  const { status, body } = await client.send('GET', `/api/v1/nodes/${NODE_NAME}`, undefined, signal)
  if (status !== 200) return false
  const node = JSON.parse(body) as {
    spec?: { taints?: readonly object[] }
    status?: { conditions?: readonly { type: string; status: string }[] }
  }
  const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  return ready && (mayBeTainted || (node.spec?.taints ?? []).length === 0)
}
