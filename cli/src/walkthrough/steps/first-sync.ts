// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, kustomizationKind, reconcileRequestAnnotation } from '@tidelock/api'
import { readyOf, shortHashes } from '../../kinds/listed.ts'
import type { Listed } from '../../kinds/listed.ts'
import { formatTable } from '../../output/table.ts'
import { systemNamespace } from '../../up/prepare-cluster.ts'
import type { Stage } from '../stage.ts'
import { ensureAlerting } from './ensure-alerting.ts'

/** The infrastructure and two apps in two stages, and the entry that names them. */
const expected = 6

/** Waits until every Kustomization of the sample is ready at the newest commit, and shows them. */
export async function firstSync(stage: Stage): Promise<void> {
  const head = await stage.git('rev-parse', 'HEAD')
  // of an earlier start: its status is good already, so only a run that was asked for now proves anything
  const known = await requestRuns(stage, await list(stage))
  const isFirst = known.size <= 1
  let found: readonly Listed[] = []
  const tookMs = await stage.until('all Kustomizations are ready', stage.appliedAtMs, async () => {
    found = await list(stage)
    for (const each of found) {
      const missing = whatMisses(each, head, known.get(each.metadata.name))
      if (missing !== undefined) return `${each.metadata.name}: ${missing}`
    }
    return found.length < expected ? `only ${found.length} of ${expected} are there` : undefined
  })
  const rows = found.map((each) => [
    each.metadata.name,
    shortHashes(each.status?.lastAppliedRevision ?? ''),
    readyOf(each).status,
  ])
  for (const line of formatTable(['NAME', 'REVISION', 'READY'], rows).trimEnd().split('\n')) stage.tell(line)
  stage.came(`${found.length} Kustomizations ${isFirst ? 'applied and ready' : 'checked again and ready'}`, tookMs)
  // before the commits that people shall be told of
  await ensureAlerting(stage)
}

async function list({ client, signal }: Stage): Promise<readonly Listed[]> {
  const { items } = await client.list<Listed>(kustomizationKind, { namespace: systemNamespace, signal })
  return items
}

async function requestRuns(
  { client, signal }: Stage,
  objects: readonly Listed[],
): Promise<ReadonlyMap<string, string>> {
  const requestedAt = new Date().toISOString()
  const body = { metadata: { annotations: { [reconcileRequestAnnotation]: requestedAt } } }
  const { kind } = kustomizationKind
  const apiVersion = apiVersionOf(kustomizationKind)
  for (const { metadata } of objects) {
    const ref = { apiVersion, kind, namespace: systemNamespace, name: metadata.name }
    await client.patch(ref, { type: 'merge', body, fieldManager: 'tidelock', signal })
  }
  return new Map(objects.map(({ metadata }) => [metadata.name, requestedAt]))
}

function whatMisses(obj: Listed, commit: string, requestedAt: string | undefined): string | undefined {
  const { status } = obj
  const ready = readyOf(obj)
  if (requestedAt !== undefined && status?.lastHandledReconcileAt !== requestedAt) return 'did not run yet'
  if (ready.status !== 'True') return ready.message
  return status?.lastAppliedRevision?.endsWith(commit) === true ? undefined : `not yet at ${commit.slice(0, 8)}`
}
