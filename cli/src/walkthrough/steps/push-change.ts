// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../stage.ts'
import { storefront } from './objects.ts'
import type { Deployment } from './objects.ts'

const file = 'apps/storefront/overlays/production/kustomization.yaml'
const most = 9

/** Changes the number of replicas in Git and waits until the cluster runs it. */
export async function pushChange(stage: Stage): Promise<void> {
  const path = join(stage.clone, file)
  const text = await readFile(path, 'utf8')
  const before = Number(/count: (\d+)/.exec(text)?.[1] ?? 2)
  const replicas = before < most ? before + 1 : 2
  await writeFile(path, text.replace(/count: \d+/, `count: ${replicas}`))
  await stage.git('commit', '--quiet', '--all', '-m', `Run ${replicas} storefronts`)
  stage.typed(`git commit -am 'Run ${replicas} storefronts' && git push`)
  await stage.git('push', '--quiet')
  const startedMs = performance.now()
  const tookMs = await stage.until(`deployment/storefront has ${replicas} replicas`, startedMs, async () => {
    const live = await stage.find<Deployment>(storefront)
    return live?.spec.replicas === replicas ? undefined : `it has ${live?.spec.replicas ?? 'none'}`
  })
  stage.came(`${before} → ${replicas} replicas in the cluster after the push`, tookMs)
}
