// SPDX-License-Identifier: Apache-2.0
import { finalizer, gitRepositoryConditions, gitRepositoryKind, sourceInterval } from '@tidelock/api'
import type { GitRepository, ObjectKey } from '@tidelock/api'
import type { Informer } from '@tidelock/kube'
import type { ControllerHandle, EnqueueRequest, Manager, WatchBuilder } from '@tidelock/runtime'
import { createSourceReconciler } from '../skeleton/source-reconciler.ts'
import type { SourceDependencies } from '../skeleton/source-reconciler.ts'
import { createGitAdapter } from './adapter.ts'
import type { GitAdapterDependencies } from './adapter.ts'

const byInclude = 'include'
/** A server that does not answer is waited for as long as `spec.timeout` says, and holds no worker meanwhile. */
const longRunMs = 5_000

/** Adds the GitRepository controller to the manager. */
export function setupGitRepository(
  manager: Manager,
  given: SourceDependencies & Omit<GitAdapterDependencies, 'includes'>,
): ControllerHandle {
  // what is included may be another instance's to reconcile
  const all = manager.informer<GitRepository>(gitRepositoryKind)
  const find = (key: ObjectKey) => Promise.resolve(all.get(key))
  const dependencies = { ...given, includes: { find, requeueMs: manager.options.requeueDependencyMs } }
  return manager.addController<GitRepository>({
    name: 'gitrepository',
    kind: gitRepositoryKind,
    reconciler: createSourceReconciler(createGitAdapter(dependencies), dependencies),
    conditions: { ...gitRepositoryConditions, progressMakesReadyUnknown: false },
    finalizer,
    fieldManager: 'source-controller',
    intervalMs: sourceInterval,
    longRunMs,
    watches: (builder) => watchIncludes(builder, all),
    logFields: ({ status }) => ({ revision: status?.artifact?.revision }),
  })
}

/** A new artifact of an included repository, or its end, is a change of those that include it. */
function watchIncludes(builder: WatchBuilder<GitRepository>, all: Informer<GitRepository>): void {
  const { own } = builder
  const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`
  own.addIndex(byInclude, ({ spec, metadata }) =>
    (spec.include ?? []).map(({ repository }) => keyOf(metadata.namespace, repository.name)),
  )
  const includers = ({ metadata: { namespace = '', name } }: GitRepository): EnqueueRequest[] => {
    const trigger = { kind: gitRepositoryKind.kind, namespace, name }
    return own
      .byIndex(byInclude, keyOf(namespace, name))
      .map(({ metadata }) => ({ key: { namespace, name: metadata.name }, trigger }))
  }
  builder.on(all, {
    upsert: (now, before) => {
      const { artifact } = now.status ?? {}
      return artifact === undefined || artifact.digest === before?.status?.artifact?.digest ? [] : includers(now)
    },
    remove: includers,
  })
}
