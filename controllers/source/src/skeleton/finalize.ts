// SPDX-License-Identifier: Apache-2.0
import type { ArtifactStore } from '@tidelock/artifact'
import type { Outcome } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'
import { ownerOf } from './store-artifact.ts'

/** Removes every file of an object that is being deleted. */
export async function finalizeSource(obj: SourceObject, store: ArtifactStore): Promise<Outcome> {
  try {
    const removed = await store.removeAll(ownerOf(obj))
    if (!removed) return { kind: 'succeeded' }
    const message = 'garbage collected artifacts for deleted resource'
    return { kind: 'succeeded', events: [{ severity: 'trace', reason: 'GarbageCollectionSucceeded', message }] }
  } catch (cause) {
    const error = new Error('garbage collection for deleted resource failed', { cause })
    return { kind: 'failed', reason: 'GarbageCollectionFailed', error }
  }
}
