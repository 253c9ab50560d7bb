// SPDX-License-Identifier: Apache-2.0
import type { Clock, KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { BenchError } from '../errors.ts'
import type { Controllers } from '../measure/usage.ts'
import { systemNamespace } from '../workload/objects.ts'

const timeoutMs = 120_000
const pollMs = 200
/** The engine is compiled and warmed up once a process; that is no part of any phase. */
const warmUpMs = 5000

interface Lease extends KubeObject {
  spec?: { holderIdentity?: string }
}

/** Waits until every controller answers and leads, and a moment more. Before anything is measured: here, and only here, it polls. */
export async function untilReady(
  { pids, metrics }: Controllers,
  client: KubeClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonic() + timeoutMs
  for (const name of Object.keys(pids)) {
    while (!(await isServing(metrics[name], signal)) || !(await leads(name, client, signal))) {
      if (clock.monotonic() > deadlineMs) {
        throw new BenchError('StartFailed', `the ${name} controller was not at work within ${timeoutMs / 1000} s`)
      }
      await clock.sleep(pollMs, signal)
    }
  }
  await clock.sleep(warmUpMs, signal)
}

async function isServing(url: string | undefined, signal: AbortSignal): Promise<boolean> {
  if (url === undefined) return false
  try {
    const response = await fetch(url, { signal })
    await response.body?.cancel()
    return response.ok
  } catch (error) {
    if (signal.aborted) throw error
    return false
  }
}

async function leads(name: string, client: KubeClient, signal: AbortSignal): Promise<boolean> {
  const ref = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: systemNamespace,
    name: `${name}-controller-leader-election`,
  }
  const lease = await client.find<Lease>(ref, { signal })
  return (lease?.spec?.holderIdentity ?? '') !== ''
}
