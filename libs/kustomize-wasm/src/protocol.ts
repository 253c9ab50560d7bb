// SPDX-License-Identifier: Apache-2.0
import type { CrashKind } from './crash.ts'
import type { ReadSet } from './build.ts'
import type { FetchedRemotes } from './remote.ts'
import type { EngineImage } from './wasm/image.ts'
import type { EngineOutcome, EngineRequest, InstanceLimits } from './wasm/instance.ts'

/** What a worker thread is started with. */
export interface WorkerSetup {
  /** The engine's WebAssembly file. Every worker compiles it for itself: what it takes goes with its thread. */
  readonly wasmPath: string
  readonly limits: InstanceLimits
  readonly maxFileBytes: number
  /** Warm the instance before reporting ready. */
  readonly warm: boolean
  /** Of an instance that was warm: to begin with, instead of doing all of that again. */
  readonly image: EngineImage | undefined
}

/** One piece of work; a worker has at most one at a time. */
export type Task =
  | {
      readonly kind: 'build'
      readonly root: string
      readonly request: EngineRequest
      /** See `BuildRequest.replaced`. */
      readonly replaced: ReadonlyMap<string, Uint8Array>
      /** Contents and directories of what was fetched for this build, by number. */
      readonly remote: Pick<FetchedRemotes, 'contents' | 'directories'>
    }
  | { readonly kind: 'references'; readonly root: string; readonly request: EngineRequest }
  | { readonly kind: TextTask; readonly texts: readonly string[] }

/** What is done with texts alone. */
type TextTask = 'parse' | 'finish' | 'readYaml' | 'printYaml'

/** What a finished task brings back; its outcome may still be a failure that the engine reported. */
export interface TaskReply {
  /** One for a tree; one for each text of the other kinds, up to the first failure. */
  readonly outcomes: readonly EngineOutcome[]
  readonly readSet: ReadSet | undefined
  /** Of the YAML stream of a build. */
  readonly digest: string
  readonly output: string
  readonly elapsedMs: number
  readonly memoryBytes: number
  /** The instance must not be used again. */
  readonly broken: boolean
}

/** Worker to pool. After `crashed` the thread ends. */
export type WorkerMessage =
  /** With the image of the instance where it was warmed without one. */
  | { readonly kind: 'ready'; readonly image: EngineImage | undefined }
  | { readonly kind: 'done'; readonly reply: TaskReply }
  | { readonly kind: 'crashed'; readonly crash: CrashKind; readonly message: string }
