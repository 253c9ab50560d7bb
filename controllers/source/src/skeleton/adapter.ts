// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Artifact, CommonStatus } from '@tidelock/api'
import type { ArchiveEntries } from '@tidelock/archive'
import type { EventDraft, Progress, ReconcileContext, Step } from '@tidelock/runtime'

/** What the skeleton reads and writes of any source kind that makes artifacts. */
export interface SourceObject extends ApiObject {
  spec: { interval: string; timeout?: string; suspend?: boolean }
  status?: CommonStatus & { artifact?: Artifact; url?: string }
}

/**
 * What upstream holds now. `upstream` is the adapter's own: whatever `fetch` needs to get exactly that, over the same
 * connections; the run disposes of it.
 */
export interface Checked<U> extends AsyncDisposable {
  readonly revision: string
  readonly upstream: U
}

/** A failure that FetchFailed reports. */
export interface UpstreamFault {
  readonly reason: string
  readonly error: Error
}

/** The content of one revision, on disk or in flight until disposed. */
export interface Fetched extends AsyncDisposable {
  /** Name of the file in the storage: `<commit>.tar.gz`. */
  readonly fileName: string
  /** What goes into the artifact, ignore rules applied, sorted as `writeArchive` wants it. */
  entries(signal: AbortSignal): Promise<ArchiveEntries>
  /** The artifact itself, to be stored as it is in place of an archive of `entries`. */
  readonly file?: AsyncIterable<Uint8Array>
  /** What an error of `entries` says about upstream; undefined when it is none of upstream's. */
  faultOf(error: unknown): UpstreamFault | undefined
  /** Facts from upstream for `status.artifact.metadata`. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Ends the sentence of the event: `stored artifact for <description>`. */
  readonly description: string
  /** Told before the new artifact is. */
  readonly events?: readonly EventDraft[]
}

/** Messages in which kinds differ. */
export interface SourceWords<T, U> {
  /** That upstream is ahead. */
  outdated(obj: T, checked: Checked<U>): string
  /** That the artifact is in the storage. */
  stored(artifact: Artifact): string
  /** Of the event of a new artifact or a recovery; `description` is that of `Fetched`, or names what is stored. */
  event(obj: T, description: string): string
}

/**
 * What differs from one source kind to the next. Each call ends early with an outcome when it has marked the condition
 * that says why (`FetchFailed`, `SourceVerified`).
 */
export interface SourceAdapter<T extends SourceObject, U> {
  /** Asks upstream for the current revision; cheap, downloads nothing. */
  check(ctx: ReconcileContext, obj: T, progress: Progress): Promise<Step<Checked<U>>>
  /**
   * Whether settings that shape the content changed since the stored artifact was made, or it was not verified as is asked for
   * now.
   */
  contentConfigChanged(obj: T, checked: Checked<U>): boolean
  /** Gets the content into `scratchDir`, and verifies it where the spec asks for that. */
  fetch(ctx: ReconcileContext, obj: T, checked: Checked<U>, scratchDir: string): Promise<Step<Fetched>>
  /** Ends what is kept for an object between its runs: it is being deleted. */
  forget?(obj: T): Promise<void>
  /** Notes in `status.observed…` the settings that the stored artifact was made with. */
  observe(obj: T, checked: Checked<U>): void
  /** Where absent, GitRepository's. */
  readonly words?: SourceWords<T, U>
  /** Name of the link to the newest artifact, whose URL is in `status.url`. Absent: the kind has none. */
  readonly latestLink?: string
  /** Reason and message of the trace event of a run that found nothing new. */
  unchangedEvent(obj: T, checked: Checked<U>): { readonly reason: string; readonly message: string }
}
