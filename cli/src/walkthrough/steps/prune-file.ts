// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { showTime } from '../stage.ts'
import type { Stage } from '../stage.ts'
import { ordersBudget } from './objects.ts'

const directory = 'apps/orders/overlays/production'
const file = 'disruption-budget.yaml'

/** Deletes a file in Git and waits until its object is gone; then takes the commit back, so that the next time shows the same. */
export async function pruneFile(stage: Stage): Promise<void> {
  const path = join(stage.clone, directory, 'kustomization.yaml')
  const before = await readFile(path, 'utf8')
  await writeFile(path, before.replace(`  - ${file}\n`, ''))
  await stage.git('rm', '--quiet', join(directory, file))
  await stage.git('commit', '--quiet', '--all', '-m', 'Drop the disruption budget of orders')
  stage.tell(`git rm ${directory}/${file} && git push`)
  await stage.git('push', '--quiet')
  const startedMs = performance.now()
  const tookMs = await stage.until(
    'the PodDisruptionBudget to be gone',
    startedMs,
    async () => (await stage.find(ordersBudget)) === undefined,
  )
  stage.tell(`pruned ${showTime(tookMs)} after the push`)
  await stage.git('revert', '--no-edit', 'HEAD')
  await stage.git('push', '--quiet')
  const revertedMs = performance.now()
  const backMs = await stage.until(
    'the PodDisruptionBudget to be back',
    revertedMs,
    async () => (await stage.find(ordersBudget)) !== undefined,
  )
  stage.tell(`git revert HEAD && git push: back after ${showTime(backMs)}`)
}
