// SPDX-License-Identifier: Apache-2.0
import { errorMessage, redact, redactUrl } from '@tidelock/errors'
import { KustomizeError } from './errors.ts'

/** A file on a server that a kustomization names. */
export interface RemoteFile {
  /** The status of the answer; only a 2xx has content that counts. */
  readonly status: number
  readonly content: Uint8Array
}

/** A Git repository as a kustomization names it. */
export interface RemoteRepository {
  /** As `git clone` takes it. */
  readonly url: string
  /** Branch, tag or commit; empty is the default branch. */
  readonly ref: string
  readonly submodules: boolean
  /** What the kustomization allows for the clone. */
  readonly timeoutMs: number
  /** The whole text in the kustomization. */
  readonly raw: string
}

/** Fetches what a build wants from the network. Each thing is asked for once a build. */
export interface RemoteReader {
  /** What a GET answers. Throws when nobody answers: Kustomize then takes the URL for a repository if it can be one. */
  readFile(url: string, signal: AbortSignal | undefined): Promise<RemoteFile>
  /** An absolute directory with the repository's files, which must not change until the build has ended. Throws to fail the build. */
  openRepository(repository: RemoteRepository, signal: AbortSignal | undefined): Promise<string>
}

/** What the engine reports: a file, or a repository where `raw` is set. */
export interface WantedRemote {
  readonly url: string
  readonly raw?: string
  readonly ref?: string
  readonly submodules?: boolean
  readonly timeoutMs?: number
}

/** What was fetched so far, for the engine's next try. */
export interface FetchedRemotes {
  /** Contents of files, by number. */
  readonly contents: readonly Uint8Array[]
  /** Directories of repositories, by number. */
  readonly directories: readonly string[]
  /** The same for the engine: which is which. */
  readonly table: {
    readonly files: Readonly<
      Record<string, { readonly status: number; readonly number: number; readonly error: string }>
    >
    readonly repositories: readonly { readonly url: string; readonly ref: string; readonly submodules: boolean }[]
  }
}

/** Nothing fetched. */
export const noRemotes: FetchedRemotes = { contents: [], directories: [], table: { files: {}, repositories: [] } }

/** How many files and repositories one build may fetch. */
const maxRemotes = 100

/** Fetches what a try wanted. Throws `RemoteBase` for a repository that cannot be had, and when it gets too many. */
export async function fetchRemotes(
  before: FetchedRemotes,
  wanted: readonly WantedRemote[],
  reader: RemoteReader,
  signal: AbortSignal | undefined,
): Promise<FetchedRemotes> {
  let fetched = before
  for (const each of wanted) {
    if (fetched.contents.length + fetched.directories.length >= maxRemotes)
      throw new KustomizeError(
        'RemoteBase',
        `the build refers to more than ${maxRemotes} remote files and repositories`,
      )
    fetched =
      each.raw === undefined
        ? await addFile(fetched, each.url, reader, signal)
        : await addRepository(fetched, each, reader, signal)
  }
  return fetched
}

async function addFile(
  fetched: FetchedRemotes,
  url: string,
  reader: RemoteReader,
  signal: AbortSignal | undefined,
): Promise<FetchedRemotes> {
  const { contents, directories, table } = fetched
  const number = contents.length
  const { status, content, error } = await readFile(url, reader, signal)
  const files = { ...table.files, [url]: { status, number, error } }
  return { contents: [...contents, content], directories, table: { ...table, files } }
}

async function readFile(
  url: string,
  reader: RemoteReader,
  signal: AbortSignal | undefined,
): Promise<RemoteFile & { readonly error: string }> {
  try {
    return { ...(await reader.readFile(url, signal)), error: '' }
  } catch (error) {
    signal?.throwIfAborted()
    return { status: 0, content: new Uint8Array(), error: errorMessage(error) }
  }
}

async function addRepository(
  fetched: FetchedRemotes,
  { url, raw = '', ref = '', submodules = false, timeoutMs = 0 }: WantedRemote,
  reader: RemoteReader,
  signal: AbortSignal | undefined,
): Promise<FetchedRemotes> {
  const { contents, directories, table } = fetched
  try {
    const directory = await reader.openRepository({ url, raw, ref, submodules, timeoutMs }, signal)
    const repositories = [...table.repositories, { url, ref, submodules }]
    return { contents, directories: [...directories, directory], table: { ...table, repositories } }
  } catch (cause) {
    signal?.throwIfAborted()
    throw new KustomizeError('RemoteBase', `remote base '${redactUrl(raw)}': ${redact(errorMessage(cause))}`, { cause })
  }
}
