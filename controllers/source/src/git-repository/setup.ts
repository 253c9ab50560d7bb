// SPDX-License-Identifier: Apache-2.0
import { finalizer, gitRepositoryConditions, gitRepositoryKind, sourceInterval } from '@tidelock/api'
import type { GitRepository } from '@tidelock/api'
import type { ControllerHandle, Manager } from '@tidelock/runtime'
import { createSourceReconciler } from '../skeleton/source-reconciler.ts'
import type { SourceDependencies } from '../skeleton/source-reconciler.ts'
import { createGitAdapter } from './adapter.ts'
import type { GitAdapterDependencies } from './adapter.ts'

/** Adds the GitRepository controller to the manager. */
export function setupGitRepository(
  manager: Manager,
  dependencies: SourceDependencies & GitAdapterDependencies,
): ControllerHandle {
  return manager.addController<GitRepository>({
    name: 'gitrepository',
    kind: gitRepositoryKind,
    reconciler: createSourceReconciler(createGitAdapter(dependencies), dependencies),
    conditions: { ...gitRepositoryConditions, progressMakesReadyUnknown: false },
    finalizer,
    fieldManager: 'source-controller',
    intervalMs: sourceInterval,
    logFields: ({ status }) => ({ revision: status?.artifact?.revision }),
  })
}
