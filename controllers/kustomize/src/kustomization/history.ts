// SPDX-License-Identifier: Apache-2.0
import { upsertHistory } from '@tidelock/api'
import type { SourcedRun } from './dependencies.ts'

/** Notes how the rendered stream fared in `status.history`. `startedMs`: when the run that applied it began. */
export function recordHistory(run: SourcedRun, digest: string, reason: string, startedMs: number): void {
  const { obj, deps, revision, originRevision } = run
  const history = upsertHistory(obj.status?.history, {
    digest,
    status: reason,
    at: new Date(deps.clock.now()),
    durationMs: deps.clock.monotonic() - startedMs,
    metadata: { revision, ...(originRevision === undefined ? {} : { originRevision }) },
  })
  obj.status = { ...obj.status, history }
}
