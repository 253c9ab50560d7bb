// SPDX-License-Identifier: Apache-2.0
import { gitRepositoryKind } from '@tidelock/api'
import type { Receiver } from '@tidelock/api'
import { Informer } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import { BenchError } from '../errors.ts'

const requested = 'reconcile.fluxcd.io/requestedAt'

/** Waits until the Receiver has its path, and returns it. Throws MeasureFailed after a minute. */
export async function pathOf(client: KubeClient, namespace: string, name: string): Promise<string> {
  const ref = { apiVersion: 'notification.toolkit.fluxcd.io/v1', kind: 'Receiver', namespace, name }
  for (let tries = 0; tries < 600; tries++) {
    const { status } = await client.get<Receiver>(ref)
    if (status?.webhookPath !== undefined) return status.webhookPath
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new BenchError('MeasureFailed', `Receiver/${namespace}/${name} got no path`)
}

/** Times from the sending of a webhook to the request for a reconciliation being seen by a watch, in milliseconds. */
export async function measureWebhooks(
  client: KubeClient,
  target: { readonly url: string; readonly namespace: string; readonly object: string; readonly samples: number },
  signal: AbortSignal,
): Promise<number[]> {
  const stop = new AbortController()
  const informer = new Informer({ client, kind: gitRepositoryKind, namespace: target.namespace, metadataOnly: true })
  let seen: (value: string) => void = () => undefined
  informer.subscribe({
    upsert: ({ metadata }, before) => {
      const value = metadata.annotations?.[requested]
      if (metadata.name === target.object && value !== undefined && value !== before?.metadata.annotations?.[requested])
        seen(value)
    },
  })
  const running = informer.start(AbortSignal.any([signal, stop.signal]))
  await informer.waitForSync(signal)
  const tooks: number[] = []
  for (let sample = 0; sample < target.samples; sample++) {
    signal.throwIfAborted()
    const startedMs = performance.now()
    const arrived = new Promise<void>((resolve) => (seen = () => resolve()))
    const { status } = await fetch(target.url, { method: 'POST', signal })
    if (status !== 200) throw new BenchError('MeasureFailed', `the webhook was answered ${status}`)
    await arrived
    tooks.push(performance.now() - startedMs)
  }
  stop.abort()
  await running
  return tooks
}
