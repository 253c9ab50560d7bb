// SPDX-License-Identifier: Apache-2.0

/** One file of an artifact as a consumer sees it after unpacking. */
export interface IndexEntry {
  /** Relative to the root, with slashes, no leading "./". */
  readonly path: string
  /** Lower-case hex, without an algorithm prefix. */
  readonly sha256: string
  /** Permission bits after normalisation: 0o600 or 0o700. */
  readonly mode: number
  /** Bytes. */
  readonly size: number
}

/**
 * What an artifact holds. Published as `<artifact>.index.json` beside the archive, so that a consumer can tell which
 * of its inputs changed without unpacking. Two equal trees have equal indexes, byte for byte once encoded.
 */
export interface ArtifactIndex {
  readonly version: 1
  /** Sorted by `comparePaths`, each path once. */
  readonly files: readonly IndexEntry[]
  /** Every directory, the root left out, those that only files imply included; sorted by `comparePaths`. */
  readonly directories: readonly string[]
}

/** What a file holds, whole or as a stream. */
export type ArchiveContent = Uint8Array | AsyncIterable<Uint8Array>

/** A file to be archived. */
export interface ArchiveFile {
  /** Relative to the root, with slashes. */
  readonly path: string
  /**
   * Git or unix mode. An execute bit makes 0o700 of it, none 0o600. Where the mode also says what kind of file it is, everything
   * but regular files (symbolic links, submodules) is left out.
   */
  readonly mode: number
  /** The content, or how to get it: called once, when the file's turn comes, and never for files that are left out. */
  readonly content: ArchiveContent | (() => ArchiveContent | Promise<ArchiveContent>)
  /** Bytes; required when the content is a stream, because the header comes first. */
  readonly size?: number
}

/** A directory to be archived. Only needed for empty ones: the parents of files are written anyway. */
export interface ArchiveDirectory {
  readonly path: string
  readonly directory: true
}

/** What `writeArchive` takes, in ascending order of `comparePaths`; a directory sorts as if it ended with a slash. */
export type ArchiveEntry = ArchiveFile | ArchiveDirectory

/** Entries from anywhere: a Git tree, a directory, a list. */
export type ArchiveEntries = AsyncIterable<ArchiveEntry> | Iterable<ArchiveEntry>

/** What `writeArchive` made. */
export interface WrittenArchive {
  /** `sha256:<hex>` of the compressed archive. */
  readonly digest: string
  /** Bytes of the compressed archive. */
  readonly sizeBytes: number
  readonly index: ArtifactIndex
}

/** Bounds for an archive that is not trusted. Reaching one ends the unpacking with code `LimitExceeded`. */
export interface UnpackLimits {
  /** Bytes of the uncompressed tar stream, headers included. Default 1 GiB. */
  readonly maxBytes?: number
  /** Entries of any type. Default 500,000. */
  readonly maxEntries?: number
  /** Uncompressed bytes for each compressed byte, looked at beyond the first 64 MiB. Default 250. */
  readonly maxRatio?: number
  /** Bytes of one path. Default 4,096. */
  readonly maxPathBytes?: number
}
