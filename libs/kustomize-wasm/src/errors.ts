// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `BuildFailed`: Kustomize refused the input, or panicked and recovered; the message is Kustomize's own.
 * - `ManifestInvalid`: before Kustomize was asked, a file could not be read or is no manifest, or a built object has no apiVersion, kind or name.
 * - `BuildCrashed`: the engine died of this input (an endless recursion, a bug); the instance was replaced.
 * - `BuildOutOfMemory`, `BuildTimeout`: the bounds of one build; the instance was replaced.
 * - `BuildTooLarge`: the rendered objects exceed the output bound.
 * - `RemoteBase`: a kustomization names a URL or a Git reference; `details.urls` lists them, without credentials.
 * - `PathNotFound`: `path` is no directory of the tree. `PathOutsideRoot`: a kustomization reaches out of the tree.
 * - `InvalidYaml`: a text given to `parseYaml` or `finish` is no YAML or exceeds the alias bound; `details.index` says which.
 * - `EngineFailed`: the engine itself cannot start (no WebAssembly file, no memory). `EngineClosed`: used after `close`.
 */
export type KustomizeErrorCode =
  | 'BuildFailed'
  | 'ManifestInvalid'
  | 'BuildCrashed'
  | 'BuildOutOfMemory'
  | 'BuildTimeout'
  | 'BuildTooLarge'
  | 'RemoteBase'
  | 'PathNotFound'
  | 'PathOutsideRoot'
  | 'InvalidYaml'
  | 'EngineFailed'
  | 'EngineClosed'

/** What this package throws. Messages may quote repository content; redact where an error leaves the process. */
export class KustomizeError extends CodedError<KustomizeErrorCode> {}
