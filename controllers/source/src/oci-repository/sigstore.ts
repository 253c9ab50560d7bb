// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@tidelock/api'
import { readBounded, requireStatus, retry } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import type { Logger } from '@tidelock/runtime'
import type { FetchDocument, SigstoreRoot, TrustedRoot } from '@tidelock/verify'

/** Where the root of Sigstore comes from for objects that name none. */
export interface SigstoreSettings {
  /** URL of the TUF repository; empty: that of the public instance. */
  readonly sigstoreMirror: string
  /** File with the root metadata that another repository's chain of trust begins with; empty: the public instance's. */
  readonly sigstoreRootJson: string
  /** Directory in which what was fetched is kept; empty: one in the storage. */
  readonly sigstoreCache: string
  readonly storagePath: string
}

/** What fetching it needs from outside. */
export interface SigstoreDependencies {
  readonly http: HttpClient
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly random: () => number
  readonly scratchRoot: string
  readonly log: Logger
}

/** The root of Sigstore for objects that name none. */
export interface DefaultRoot {
  /** Throws `RootUnavailable`, and the signal's reason. */
  get(signal: AbortSignal): Promise<TrustedRoot>
}

/** Opens the root; nothing is loaded or fetched before it is asked for. Throws when the file of the settings cannot be read. */
export async function openDefaultRoot(
  settings: SigstoreSettings,
  dependencies: SigstoreDependencies,
): Promise<DefaultRoot & AsyncDisposable> {
  const { sigstoreRootJson } = settings
  const rootMetadata = sigstoreRootJson === '' ? undefined : await readFile(sigstoreRootJson)
  let opened: Promise<SigstoreRoot> | undefined
  return {
    async get(signal) {
      opened ??= open(settings, rootMetadata, dependencies)
      return await (await opened).get(signal)
    },
    async [Symbol.asyncDispose]() {
      const root = await opened
      await root?.[Symbol.asyncDispose]()
    },
  }
}

async function open(
  { sigstoreMirror, sigstoreCache, storagePath }: SigstoreSettings,
  given: Uint8Array | undefined,
  { http, clock, random, scratchRoot, log }: SigstoreDependencies,
): Promise<SigstoreRoot> {
  // what reads signatures takes memory, and most objects ask for none
  const { publicMirror, publicRootMetadata, SigstoreRoot } = await import('@tidelock/verify')
  return new SigstoreRoot({
    repository: {
      mirror: sigstoreMirror === '' ? publicMirror : sigstoreMirror.replace(/(?<!\/)\/+$/, ''),
      rootMetadata: given ?? Buffer.from(publicRootMetadata),
    },
    // the file server shows no hidden names
    cacheFile: join(sigstoreCache === '' ? join(storagePath, '.sigstore') : sigstoreCache, 'trusted-root.json'),
    scratchRoot,
    fetch: (url, maxBytes, signal) =>
      retry(() => fetchDocument(http, clock, { url, maxBytes, signal }), {
        ...{ attempts: 3, baseMs: 300, maxMs: 2000, signal, clock, random },
      }),
    now: () => clock.now(),
    onProblem: (message) => log.info({ reason: message }, 'the trusted root of Sigstore is not up to date'),
  })
}

async function fetchDocument(
  http: HttpClient,
  clock: Pick<Clock, 'now'>,
  { url, maxBytes, signal }: { readonly url: string; readonly maxBytes: number; readonly signal: AbortSignal },
): ReturnType<FetchDocument> {
  const response = await http.request({ url, signal, credentials: 'omit', maxBodyBytes: maxBytes })
  // storage services say 403 of what is not there
  const accept = (status: number): boolean => [200, 403, 404].includes(status)
  const { body, status } = requireStatus(response, { now: clock.now(), accept })
  if (status === 200) return await readBounded(body, maxBytes)
  body.on('error', () => undefined).destroy()
  return undefined
}
