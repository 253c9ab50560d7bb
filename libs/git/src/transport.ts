// SPDX-License-Identifier: Apache-2.0
import type { Advertisement, RemoteRef } from './advertisement.ts'
import type { FetchRequest } from './requests.ts'

/** A server that was asked once. */
export interface Session {
  readonly server: Advertisement
}

/** A way to a repository. Throws `GitError`, and `HttpError` for what goes wrong below it, or the signal's reason. */
export interface Transport {
  /** Asks for version 2 and takes what comes. */
  discover(signal: AbortSignal): Promise<Session>
  /** The references that begin with one of the prefixes; all of them for none. */
  listRefs(session: Session, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]>
  /** The bytes of a pack. */
  fetchPack(session: Session, request: FetchRequest, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>
  /** Ends all connections. */
  close(): Promise<void>
}
