// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const files = JSON.parse(
  readFileSync(new URL('../../../libs/verify/testdata/tuf-repository.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>

/** The root metadata that the repository's chain of trust begins with. */
export const firstRoot: string = files['1.root.json'] ?? ''

/** A TUF repository on loopback with the root of the fixtures that were signed without keys. */
export interface SigstoreMirror extends AsyncDisposable {
  readonly url: string
  /** Paths that were asked for. */
  readonly asked: string[]
  /** Answers in place of the file; absent: as it stands. */
  answer: ((path: string, response: ServerResponse) => boolean) | undefined
}

/** Starts the repository. */
export async function startSigstoreMirror(): Promise<SigstoreMirror> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice('/tuf/'.length)
    asked.push(path)
    if (mirror.answer?.(path, response) === true) return
    const content = files[path]
    response.writeHead(content === undefined ? 404 : 200).end(content)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const mirror: SigstoreMirror = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tuf`,
    asked,
    answer: undefined,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return mirror
}
