// SPDX-License-Identifier: Apache-2.0
import { crds } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { eventually } from './eventually.ts'

interface EstablishedStatus {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Applies all of our CRDs and waits until each is served. Idempotent, and safe from test files that run in parallel. */
export async function installCrds(client: KubeClient): Promise<void> {
  await Promise.all(
    (await crds()).map(async (crd) => {
      await client.apply(crd, { fieldManager: 'tidelock-test', force: true })
      await eventually(async () => {
        const live = (await client.get({
          apiVersion: crd.apiVersion,
          kind: crd.kind,
          name: crd.metadata.name,
        })) as EstablishedStatus
        const established = live.status?.conditions?.find((condition) => condition.type === 'Established')
        if (established?.status !== 'True') throw new Error(`${crd.metadata.name} is not established yet`)
        // the server says so a moment before it serves the kind
        const { group, versions, names } = crd.spec
        await client.raw({ path: `/apis/${group}/${versions[0]?.name}/${names.plural}?limit=1` })
      })
    }),
  )
}
