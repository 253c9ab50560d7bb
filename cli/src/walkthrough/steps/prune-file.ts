// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../stage.ts'
import { ordersBudget } from './objects.ts'

const directory = 'apps/orders/overlays/production'
const file = 'disruption-budget.yaml'

/** Deletes a file in Git and waits until its object is gone; then takes the commit back, so that the next time shows the same. */
export async function pruneFile(stage: Stage): Promise<void> {
  if (!existsSync(join(stage.clone, directory, file))) await bringBack(stage)
  const path = join(stage.clone, directory, 'kustomization.yaml')
  const before = await readFile(path, 'utf8')
  await writeFile(path, before.replace(`  - ${file}\n`, ''))
  await stage.git('rm', '--quiet', join(directory, file))
  await stage.git('commit', '--quiet', '--all', '-m', 'Drop the disruption budget of orders')
  stage.typed(`git rm ${directory}/${file}`)
  stage.typed("git commit -am 'Drop the disruption budget of orders' && git push")
  await push(stage, 'poddisruptionbudget/orders is pruned', false)
  await stage.git('revert', '--no-edit', 'HEAD')
  stage.typed('git revert HEAD && git push')
  await push(stage, 'poddisruptionbudget/orders is back', true)
}

// an earlier walk-through was ended between its two commits
async function bringBack(stage: Stage): Promise<void> {
  const dropped = await stage.git('log', '-n1', '--format=%H', '--', join(directory, file))
  await stage.git('revert', '--no-edit', dropped)
  stage.typed(`git revert ${dropped.slice(0, 8)} && git push`)
  await push(stage, 'poddisruptionbudget/orders is back', true)
}

async function push(stage: Stage, outcome: string, isWanted: boolean): Promise<void> {
  await stage.git('push', '--quiet')
  const startedMs = performance.now()
  const tookMs = await stage.until(outcome, startedMs, async () => {
    const isThere = (await stage.find(ordersBudget)) !== undefined
    if (isThere === isWanted) return undefined
    return isThere ? 'it is still there' : 'it is not there'
  })
  stage.came(outcome, tookMs)
}
