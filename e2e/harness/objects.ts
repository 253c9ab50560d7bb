// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, getCondition, isReady } from '@tidelock/api'
import type { Condition, Kind, KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'

/** An object with conditions. */
export interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: Condition[]; readonly observedGeneration?: number }
}

const namespace = 'flux-system'

/** Throws unless there are this many objects of the kind in flux-system, all of them ready at their newest generation. */
export async function expectReady(client: KubeClient, kind: Kind, count: number): Promise<void> {
  const { items } = await client.list<Conditioned>(kind, { namespace })
  const waiting = items.filter((each) => !isCurrent(each)).map((each) => `${each.metadata.name}: ${messageOf(each)}`)
  if (items.length !== count || waiting.length > 0)
    throw new Error(`${items.length} of ${count} are there; not ready: ${waiting.join('; ') || 'none'}`)
}

/** The object of flux-system. Throws when it is not there. */
export function getObject<T extends KubeObject>(client: KubeClient, kind: Kind, name: string): Promise<T> {
  return client.get<T>({ apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name })
}

/** The message of Ready. */
export function messageOf(object: Conditioned): string {
  return getCondition(object, 'Ready')?.message ?? 'no condition Ready'
}

function isCurrent(object: Conditioned): boolean {
  return isReady(object) && object.status?.observedGeneration === object.metadata.generation
}
