// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@tidelock/api'
import type { Artifact } from '@tidelock/api'
import { ArtifactStore, createFileServer } from '@tidelock/artifact'

/** Files of a repository by path. */
export type Files = Readonly<Record<string, string>>

/** Answers a request for an artifact instead of the file server; returns false to leave it to that. */
export type ArtifactFault = (request: IncomingMessage, response: ServerResponse) => boolean

/** A store of artifacts and the file server before it, as a source controller has them. */
export class ArtifactSource implements AsyncDisposable {
  readonly store: ArtifactStore
  readonly #server: Server
  /** Faults of the server, while it is set. */
  fault: ArtifactFault | undefined
  /** Downloads that were asked for. */
  requests = 0
  #published = 0

  private constructor(store: ArtifactStore, server: Server) {
    this.store = store
    this.#server = server
  }

  static async start(root: string): Promise<ArtifactSource> {
    await mkdir(root, { recursive: true })
    const serve = createFileServer({ root })
    const server = createServer((request, response) => {
      source.requests += 1
      if (source.fault?.(request, response) !== true) serve(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const advertisedAddress = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const source = new ArtifactSource(await ArtifactStore.open({ root, advertisedAddress, clock: systemClock }), server)
    return source
  }

  /** Stores the files as the artifact of a source. Each call makes another revision, whatever the files are, unless one is given. */
  write(namespace: string, name: string, files: Files, revision = this.#revision(files)): Promise<Artifact> {
    const paths = Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const entries = paths.map((path) => ({ path, mode: 0o644, content: Buffer.from(files[path] ?? '') }))
    const fileName = `${revision.slice(revision.indexOf(':') + 1)}.tar.gz`
    return this.store.writeArchive({ kind: 'GitRepository', namespace, name }, { revision, fileName, entries })
  }

  #revision(files: Files): string {
    this.#published += 1
    const hash = createHash('sha1')
      .update(JSON.stringify([this.#published, files]))
      .digest('hex')
    return `main@sha1:${hash}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
