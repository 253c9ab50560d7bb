// SPDX-License-Identifier: Apache-2.0
import type { Stage } from '../stage.ts'
import { storefront, storefrontService } from './objects.ts'
import type { Deployment } from './objects.ts'

const wrongImage = 'example.com/wrong:1'

/** Changes an image as `kubectl set image` would and waits until it is back. */
export async function undoEdit(stage: Stage): Promise<void> {
  const image = await readImage(stage)
  const container = { name: 'storefront', image: wrongImage }
  const body = { spec: { template: { spec: { containers: [container] } } } }
  stage.typed(`kubectl -n production set image deployment/storefront storefront=${wrongImage}`)
  await stage.client.patch(storefront, { type: 'strategic', body, fieldManager: 'kubectl-set', signal: stage.signal })
  const startedMs = performance.now()
  const tookMs = await stage.until(`the image is ${image} again`, startedMs, async () => {
    const live = await readImage(stage)
    return live === image ? undefined : `it is ${live}`
  })
  stage.came(`undone: ${image}`, tookMs)
}

async function readImage(stage: Stage): Promise<string | undefined> {
  const live = await stage.find<Deployment>(storefront)
  return live?.spec.template.spec.containers[0]?.image
}

/** Deletes a Service and waits until it is there again. */
export async function undoDeletion(stage: Stage): Promise<void> {
  const before = await stage.find(storefrontService)
  stage.typed('kubectl -n production delete service storefront')
  await stage.client.delete(storefrontService, { signal: stage.signal })
  const startedMs = performance.now()
  const tookMs = await stage.until('service/storefront is back', startedMs, async () => {
    const live = await stage.find(storefrontService)
    return live !== undefined && live.metadata.uid !== before?.metadata.uid ? undefined : 'it is not there'
  })
  stage.came('made again', tookMs)
}
