// SPDX-License-Identifier: Apache-2.0
import type { SignedContent } from './signed-object.ts'

import type { HttpClient, HttpProxy, ProxySelector } from '@tidelock/http'
import type { SshIdentity } from './ssh/identity.ts'

/** Credentials for smart HTTP; basic wins over bearer. */
export interface GitAuth {
  readonly basic?: { readonly username: string; readonly password: string }
  readonly bearer?: string
}

/** TLS material in PEM; see `HttpTls` of `@tidelock/http`. */
export interface GitTls {
  readonly ca?: string | Uint8Array
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
}

/** How an ssh:// URL is reached. */
export interface GitSsh {
  /** From `parseIdentity`. */
  readonly identity: SshIdentity
  /** Lines as in OpenSSH's known_hosts; the host's key must be among them. */
  readonly knownHosts: string
  /** Key exchanges to offer, the preferred first. Default: the safe ones. */
  readonly kexAlgorithms?: readonly string[]
  /** Algorithms of the host's key to offer. Default: those that known_hosts has keys for. */
  readonly hostKeyAlgorithms?: readonly string[]
}

/**
 * What to check out, as in GitRepository's `spec.ref`. The first that is set wins: commit (`branch` then says where it is
 * looked for), name, semver, tag, branch. Nothing set means branch `master`.
 */
export interface GitRef {
  readonly branch?: string
  readonly tag?: string
  /** A range by the rules of `@tidelock/version`, over the tags. */
  readonly semver?: string
  /** A full reference name: `refs/heads/x`, `refs/tags/x`, `refs/pull/1/head`. */
  readonly name?: string
  /** 40 hexadecimal digits. */
  readonly commit?: string
}

/** What a reference meant when the server was asked. */
export interface ResolvedRef {
  /** The commit's id; annotated tags are peeled to their commit. */
  readonly commit: string
  /** The id of the annotated tag that the reference points at, when it does. */
  readonly tagObject?: string
  /** Full name of the reference (`refs/heads/main`); absent for a bare commit. */
  readonly refName?: string
  /** Flux's form: `main@sha1:…`, `v1.0.0@sha1:…`, `refs/pull/1/head@sha1:…` for `GitRef.name`, or `sha1:…`. */
  readonly revision: string
  /** The spec names the commit itself; `refName` then says in whose history it is looked for if the server refuses a bare id. */
  readonly pinned: boolean
}

/** The clock; structurally the `Clock` of `@tidelock/api`. */
export interface GitClock {
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  setTimeout(fn: () => void, ms: number): () => void
}

export interface GitRemoteOptions {
  /** http or https, where user information counts as basic credentials when `auth` is absent; or ssh, with `git` as default user. */
  readonly url: string
  readonly auth?: GitAuth
  readonly tls?: GitTls
  /** Needed for ssh. */
  readonly ssh?: GitSsh
  /** For all connections, or chosen by URL. Default: none. */
  readonly proxy?: HttpProxy | ProxySelector
  /** Sends the requests for an http or https URL, in place of a client made of `tls`, `proxy` and `userAgent`; it stays open. */
  readonly http?: HttpClient
  /** Limit on each call of `resolve` or `fetchTree` as a whole. */
  readonly timeoutMs: number
  readonly clock: GitClock
  /** Default `defaultLimits`; single bounds may be given. */
  readonly limits?: Partial<GitLimits>
  /** An existing directory for packs while they are in use. */
  readonly scratchDir: string
  /** Default `tidelock`. */
  readonly userAgent?: string
}

/** Bounds on what a server may send; passing one fails with `LimitExceeded`. */
export interface GitLimits {
  /** Bytes of one pack as sent. */
  readonly packBytes: number
  /** Bytes of one object when inflated. */
  readonly objectBytes: number
  /** Bytes of all objects when inflated, and of all files of a tree. */
  readonly totalBytes: number
  /** Objects in one pack. */
  readonly objects: number
  /** References that the server lists. */
  readonly refs: number
  /** Deltas on deltas. */
  readonly deltaDepth: number
  /** Bytes of a path in the tree. */
  readonly pathBytes: number
  /** Directories inside directories. */
  readonly treeDepth: number
  /** Entries of the tree, directories included. */
  readonly treeEntries: number
}

/** One signature line of a commit. */
export interface GitPerson {
  readonly name: string
  readonly email: string
  /** Milliseconds since the epoch. */
  readonly timeMs: number
}

export interface GitCommit {
  readonly sha: string
  readonly tree: string
  /** Ids of the parents as the commit names them; a shallow fetch did not bring them. */
  readonly parents: readonly string[]
  readonly message: string
  readonly author: GitPerson
  readonly committer: GitPerson
  /** Absent: the commit is not signed. */
  readonly signed?: SignedContent
}

/** An annotated tag. */
export interface GitTag {
  readonly sha: string
  /** The name that the tag gives itself, without `refs/tags/`; the reference may have another. */
  readonly name: string
  /** The object that it points at: a commit, or a further tag. */
  readonly target: string
  readonly targetType: string
  /** Absent: the tag is not signed. */
  readonly signed?: SignedContent
}

/**
 * A file, symlink (`mode` 0o120000, content is its target) or submodule (`mode` 0o160000, size 0, no content) of a tree.
 */
export interface GitTreeEntry {
  /** Slash-separated, relative to the root; no part is empty, `.`, `..` or `.git`. Bytes that are not UTF-8 read as U+FFFD. */
  readonly path: string
  /** Git's mode bits: 0o100644, 0o100755, 0o120000 or 0o160000. */
  readonly mode: number
  readonly size: number
  /** The id of the blob, or of a submodule's commit. */
  readonly sha: string
  /** Reads the content from disk: whole, or piece by piece when it is large. Until the tree is disposed. */
  content(): Promise<Uint8Array | AsyncIterable<Uint8Array>>
}

/** One commit's files, backed by a pack on disk until disposed. */
export interface GitTree extends AsyncDisposable {
  readonly commit: GitCommit
  /** The annotated tag that the reference points at; it leads to the commit. Absent for branches, lightweight tags and bare commits. */
  readonly tag?: GitTag
  /** All entries but directories, sorted by the bytes of their path. May be called again. */
  entries(options?: { readonly signal?: AbortSignal }): AsyncIterable<GitTreeEntry>
  /** Removes the files on disk. */
  dispose(): Promise<void>
}

/** How a tree is fetched. */
export interface FetchTreeOptions {
  /** Default: the remote's. */
  readonly scratchDir?: string
  readonly signal?: AbortSignal
  /** Which files the tree shows; the others are not even fetched where the server can leave them out. Default: all. */
  readonly isWanted?: (path: string) => boolean
}

/** A repository on a server. */
export interface GitRemote extends AsyncDisposable {
  /**
   * Asks the server what the reference means; only lists references (a semver tie also fetches the tied commits, without
   * files where the server can). A `commit` is answered without contact. Throws `GitError`, or the signal's reason.
   */
  resolve(ref: GitRef, signal?: AbortSignal): Promise<ResolvedRef>
  /**
   * Fetches one commit's tree. The caller disposes of it; it lives in a directory of its own under `scratchDir` (default: the
   * remote's). Throws `GitError`, or the signal's reason.
   */
  fetchTree(resolved: ResolvedRef, options?: FetchTreeOptions): Promise<GitTree>
  /** Ends all connections. */
  close(): Promise<void>
}
