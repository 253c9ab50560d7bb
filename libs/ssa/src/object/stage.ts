// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { rankOf } from '../model/kind-order.ts'

/** The stages of a run, in order: what later objects need comes first. */
export type StageName = 'definitions' | 'classes' | 'custom' | 'rest'

/** The order of the stages. */
export const stageNames: readonly StageName[] = ['definitions', 'classes', 'custom', 'rest']

type Identity = Pick<KubeObject, 'apiVersion' | 'kind'>

/** Whether the object is a CustomResourceDefinition. */
export function isCrd({ apiVersion, kind }: Identity): boolean {
  return kind.toLowerCase() === 'customresourcedefinition' && apiVersion.startsWith('apiextensions.k8s.io/')
}

/** Whether the object is a core Secret. */
export function isSecret({ apiVersion, kind }: Identity): boolean {
  return kind.toLowerCase() === 'secret' && apiVersion === 'v1'
}

/** Whether the object is a Job, in any version. */
function isJob({ apiVersion, kind }: Identity): boolean {
  return kind === 'Job' && apiVersion.startsWith('batch/')
}

/** Whether the object is a Job that the API server deletes some time after it finished. */
export function isJobWithTtl(object: KubeObject): boolean {
  return (
    isJob(object) &&
    typeof (object['spec'] as Record<string, unknown> | undefined)?.['ttlSecondsAfterFinished'] === 'number'
  )
}

/** The stage of an object; `customStageKinds` holds `group/Kind` (`/Kind` for core). */
export function stageOf(object: Identity, customStageKinds: ReadonlySet<string>): StageName {
  const { apiVersion, kind } = object
  const lower = kind.toLowerCase()
  if (
    isCrd(object) ||
    (lower === 'namespace' && apiVersion === 'v1') ||
    (lower === 'clusterrole' && apiVersion.startsWith('rbac.authorization.k8s.io/'))
  ) {
    return 'definitions'
  }
  if (kind.endsWith('Class')) return 'classes'
  return customStageKinds.has(`${parseApiVersion(apiVersion).group}/${kind}`) ? 'custom' : 'rest'
}

/**
 * Splits objects that are in apply order into groups whose members may be written in parallel: one rank of the kind
 * order each. Webhook configurations stand alone, because each may judge the writes after it.
 */
export function parallelGroups<T>(items: readonly T[], kindOf: (item: T) => string): T[][] {
  const groups: T[][] = []
  let rank: number | undefined
  for (const item of items) {
    const itemRank = rankOf(kindOf(item))
    const group = groups.at(-1)
    if (group === undefined || itemRank !== rank || itemRank > 0) groups.push([item])
    else group.push(item)
    rank = itemRank
  }
  return groups
}
