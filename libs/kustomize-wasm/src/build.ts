// SPDX-License-Identifier: Apache-2.0

import type { RemoteReader } from './remote.ts'

/** A JSON value, structurally equal to `Json` of `@tidelock/api`. */
export type Json = null | boolean | number | string | Json[] | JsonObject
/** A JSON object, structurally equal to `JsonObject` of `@tidelock/api`. */
export interface JsonObject {
  [key: string]: Json
}

/** Selects the objects that a patch changes, as in Flux's `spec.patches[].target`; names and kinds are anchored regular expressions. */
export interface PatchTarget {
  readonly group?: string
  readonly version?: string
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly labelSelector?: string
  readonly annotationSelector?: string
}

/** A strategic merge or JSON 6902 patch as text. */
export interface InlinePatch {
  readonly patch: string
  readonly target?: PatchTarget
}

/** Changes the image `name`; `digest` wins over `newTag`. */
export interface ImageOverride {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

/** What a Flux Kustomization's spec lays over the kustomization file; names as in Flux's API. */
export interface BuildOverrides {
  readonly targetNamespace?: string
  readonly namePrefix?: string
  readonly nameSuffix?: string
  readonly patches?: readonly InlinePatch[]
  readonly images?: readonly ImageOverride[]
  readonly components?: readonly string[]
  readonly ignoreMissingComponents?: boolean
  readonly buildMetadata?: readonly string[]
}

/** One build of one directory of an unpacked artifact. */
export interface BuildRequest {
  /** The absolute directory of the unpacked artifact; nothing outside is read, nothing inside is written. */
  readonly root: string
  /** `spec.path`, relative to `root`; `..` stops at `root`. */
  readonly path: string
  readonly overrides?: BuildOverrides
  /**
   * Files and directories, relative to `root` and without links on their way, that a generated kustomization file leaves out and that
   * are taken out of the lists of the one of `path`; as `flux build` does with `.sourceignore` and `--ignore-paths`. `flux` mode only.
   */
  readonly ignored?: readonly string[]
  /**
   * Contents that the build reads instead of those of the tree, by path relative to `root` and without links: what was decrypted. The
   * read set names these paths as any other.
   */
  readonly replaced?: ReadonlyMap<string, Uint8Array>
  /** Fetches files and repositories that the kustomization names; absent: such a build fails with `RemoteBase`. */
  readonly remotes?: RemoteReader
  /**
   * `flux` (default): a missing kustomization file is generated, `overrides` are merged, objects keep the order of the
   * files. `kustomize`: exactly `kustomize build --load-restrictor LoadRestrictionsNone`, legacy order; no overrides.
   */
  readonly mode?: 'flux' | 'kustomize'
  /** Whose build it is: the builds of one do not make all others wait. */
  readonly group?: string
  /** Of the build, without its waiting; the engine's own limit when that is shorter, or there is none. */
  readonly timeoutMs?: number
}

/** One file that a kustomization names. */
export interface FileReference {
  /** What takes it: `files` or `envs` of a secret generator, `patches[].path`, or `resources`. */
  readonly use: 'file' | 'env' | 'patch' | 'resource'
  /** By whose end the format goes: the key of a generated file, else the path as it is written. */
  readonly name: string
  /** Relative to `root`, without links. */
  readonly path: string
}

/** One rendered object. */
export interface BuiltObject {
  readonly object: JsonObject
  /** The object as Kustomize prints it, ending in a newline. Substitution works on this text. */
  readonly yaml: string
}

/**
 * Everything of the tree that a build depends on, as paths relative to `root` ('.' is the root), sorted, without
 * duplicates. With the same content of `files`, nothing at `missing` and the same entries in `directories`, the same
 * request builds the same. A path in `files` that an artifact index lacks (a symbolic link) must count as changed.
 */
export interface ReadSet {
  readonly files: readonly string[]
  readonly missing: readonly string[]
  readonly directories: readonly string[]
}

/** What a build cost. */
export interface BuildStats {
  /** Time inside the engine. */
  readonly buildMs: number
  /** Time from the request to its start: waiting for, and perhaps starting, a worker. */
  readonly queueMs: number
  /** The engine's memory after the build; it never shrinks in one instance. */
  readonly memoryBytes: number
  /** Whether the build ran in an instance of its own, because the tree sets `openapi`. */
  readonly isolated: boolean
}

/** A finished build. */
export interface BuildResult {
  readonly objects: readonly BuiltObject[]
  /** `sha256:…` of the stream as it is: Flux's `status.history[].digest` when nothing is substituted. See `finish`. */
  readonly digest: string
  readonly readSet: ReadSet
  /** What Kustomize printed beside the result: deprecated fields, mostly. */
  readonly warnings: readonly string[]
  readonly stats: BuildStats
}

/** What `finish` returns. */
export interface FinishedObjects {
  readonly objects: readonly BuiltObject[]
  /** `sha256:…` of the stream: Flux's `status.history[].digest`. */
  readonly digest: string
}
