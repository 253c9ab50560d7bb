// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { crds } from '@tidelock/api'
import type { CustomResourceDefinition, KubeObject } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { ClusterTarget, KubeClient } from '@tidelock/kube'
import { writeKubeconfig } from '@tidelock/local-cluster'
import { CliError } from '../errors.ts'
import type { ControllerDefinition } from './controllers.ts'
import type { DataPaths } from './paths.ts'
import { accessObjects } from './access.ts'

/** Where controllers and the sample live. */
export const systemNamespace = 'flux-system'

const fieldManager = 'tidelock'
const tokenSeconds = 365 * 24 * 3600
const establishTimeoutMs = 120_000

/** Applies CRDs, the namespace, and one account with its rights for each controller. */
export async function prepareCluster(
  client: KubeClient,
  controllers: readonly ControllerDefinition[],
  signal: AbortSignal,
): Promise<void> {
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }
  await client.apply(namespace, { fieldManager, force: true, signal })
  const definitions = await crds()
  const access = controllers.flatMap((controller) => accessObjects(controller, systemNamespace))
  await Promise.all(
    [...definitions, ...access].map((object) => client.apply(object, { fieldManager, force: true, signal })),
  )
  await Promise.all(definitions.map((crd) => waitEstablished(client, crd, signal)))
}

async function waitEstablished(client: KubeClient, crd: CustomResourceDefinition, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + establishTimeoutMs
  const ref = { apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name }
  for (;;) {
    const { status } = await client.get<KubeObject & { status?: { conditions?: { type: string; status: string }[] } }>(
      ref,
      { signal },
    )
    const isEstablished = status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True')
    if (isEstablished === true && (await isServed(client, crd, signal))) return
    if (Date.now() > deadline)
      throw new CliError('StartFailed', `CustomResourceDefinition/${crd.metadata.name} was not established in time`)
    await delay(50, undefined, { signal })
  }
}

/** The server says that a kind is established a moment before it serves it. */
async function isServed(client: KubeClient, { spec }: CustomResourceDefinition, signal: AbortSignal): Promise<boolean> {
  const { group, versions, names } = spec
  try {
    await client.raw({ path: `/apis/${group}/${versions[0]?.name}/${names.plural}?limit=1`, signal })
    return true
  } catch (error) {
    if (isKubeError(error, 'KindNotFound')) return false
    throw error
  }
}

/**
 * Removes the Leases of controllers that were killed with the last `up`: on a cluster of our own nobody else can hold them, and the
 * new controllers need not wait until they expire.
 */
export async function freeLeases(
  client: KubeClient,
  controllers: readonly ControllerDefinition[],
  signal: AbortSignal,
): Promise<void> {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: systemNamespace }
  for (const { fullName } of controllers) {
    const ref = { ...lease, name: `${fullName}-leader-election` }
    if ((await client.find(ref, { signal })) !== undefined) await client.delete(ref, { signal })
  }
}

/** Writes a kubeconfig of the controller's own account, with a token that the cluster issued. Returns its path. */
export async function writeControllerKubeconfig(
  client: KubeClient,
  target: Pick<ClusterTarget, 'server' | 'ca'>,
  controller: ControllerDefinition,
  paths: DataPaths,
): Promise<string> {
  const account = { namespace: systemNamespace, name: controller.fullName }
  const { token } = await client.createToken(account, { expirationSeconds: tokenSeconds })
  const path = paths.kubeconfig(controller.name)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const ca = target.ca ?? ''
  await writeKubeconfig(path, { server: target.server, ca, user: { token }, namespace: systemNamespace })
  return path
}
