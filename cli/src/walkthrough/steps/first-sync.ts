// SPDX-License-Identifier: Apache-2.0
import { kustomizationKind } from '@tidelock/api'
import { readyOf, shortRevision } from '../../commands/kinds.ts'
import type { Listed } from '../../commands/kinds.ts'
import { formatTable } from '../../output/table.ts'
import { systemNamespace } from '../../up/prepare-cluster.ts'
import { showTime } from '../stage.ts'
import type { Stage } from '../stage.ts'

/** The infrastructure and two apps in two stages, and the entry that names them. */
const expected = 6

/** Waits until every Kustomization of the sample is ready at the newest commit, and shows them. */
export async function firstSync(stage: Stage): Promise<void> {
  const head = await stage.git('rev-parse', 'HEAD')
  const startedMs = performance.now()
  let found: readonly Listed[] = []
  const tookMs = await stage.until('all Kustomizations to be ready', startedMs, async () => {
    const { items } = await stage.client.list<Listed>(kustomizationKind, {
      namespace: systemNamespace,
      signal: stage.signal,
    })
    found = items
    return items.length >= expected && items.every((each) => isReadyAt(each, head))
  })
  const rows = found.map((each) => [
    each.metadata.name,
    shortRevision(each.status?.lastAppliedRevision ?? ''),
    readyOf(each).status,
  ])
  for (const line of formatTable(['NAME', 'REVISION', 'READY'], rows).trimEnd().split('\n')) stage.tell(line)
  stage.tell(`${found.length} Kustomizations ready after ${showTime(tookMs)}`)
}

function isReadyAt(obj: Listed, commit: string): boolean {
  return readyOf(obj).status === 'True' && obj.status?.lastAppliedRevision?.endsWith(commit) === true
}
