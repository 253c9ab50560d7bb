// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { showTime } from '../stage.ts'
import type { Stage } from '../stage.ts'
import { storefront } from './objects.ts'
import type { Deployment } from './objects.ts'

const file = 'apps/storefront/overlays/production/kustomization.yaml'

/** Raises the number of replicas in Git and waits until the cluster runs it. */
export async function pushChange(stage: Stage): Promise<void> {
  const path = join(stage.clone, file)
  const before = await readFile(path, 'utf8')
  const replicas = Number(/count: (\d+)/.exec(before)?.[1] ?? 2) + 1
  await writeFile(path, before.replace(/count: \d+/, `count: ${replicas}`))
  await stage.git('commit', '--quiet', '--all', '-m', `Run ${replicas} storefronts`)
  stage.tell(`git commit -m 'Run ${replicas} storefronts' && git push`)
  await stage.git('push', '--quiet')
  const startedMs = performance.now()
  const tookMs = await stage.until(
    `${storefront.kind}/${storefront.name} to have ${replicas} replicas`,
    startedMs,
    async () => {
      const live = await stage.find<Deployment>(storefront)
      return live?.spec.replicas === replicas
    },
  )
  stage.tell(`live ${showTime(tookMs)} after the push`)
}
