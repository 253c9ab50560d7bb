// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from '@jest/globals'
import { type GitRemoteOptions, openRemote } from '../src/index.ts'
import { impatientClock } from './clock.ts'
import { commitPack } from './packs.ts'
import { type Answer, listing, packAnswer, type ScriptedServer, scriptedServer, send } from './scripted-server.ts'

/** A commit with two files, and the answers of a server that has it as branch main. */
export const sample: ReturnType<typeof commitPack> = commitPack([
  ['100644', 'a.txt', 'hello'],
  ['100644', 'b.txt', 'world'],
])
export const files: Readonly<Record<string, string>> = { 'a.txt': 'hello', 'b.txt': 'world' }
export const main: string = `${sample.commit} refs/heads/main`
export const good: { readonly list: Answer; readonly fetch: Answer } = {
  list: send(listing(main)),
  fetch: send(packAnswer(sample.pack)),
}

export interface Harness {
  /** Starts a server for one test. */
  readonly serve: (answer: Answer) => Promise<ScriptedServer>
  /** Resolves branch main of a server (or of a new one that answers so), fetches it and reads its files. */
  readonly fetch: (
    answer: Answer | string,
    options?: Partial<GitRemoteOptions> & { signal?: AbortSignal },
  ) => Promise<Record<string, string>>
}

/** Registers the hooks that close what a test opened and check that it left nothing on disk. */
export function createHarness(): Harness {
  let scratch = ''
  const open: { close(): Promise<unknown> }[] = []
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tidelock-hostile-'))
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()))
    const left = await readdir(scratch)
    await Promise.all(left.map((name) => rm(join(scratch, name), { recursive: true })))
    if (left.length > 0) throw new Error(`left on disk: ${left.join(', ')}`)
  })
  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true })
  })
  const serve = async (answer: Answer): Promise<ScriptedServer> => {
    const server = await scriptedServer(answer)
    open.push(server)
    return server
  }
  const fetch: Harness['fetch'] = async (answer, options = {}) => {
    const url = typeof answer === 'string' ? answer : (await serve(answer)).url
    const settings = { timeoutMs: 20_000, clock: impatientClock, scratchDir: scratch, ...options }
    const remote = openRemote({ url: `${url}/x.git`, ...settings })
    open.push(remote)
    const tree = await remote.fetchTree(await remote.resolve({ branch: 'main' }, options.signal), options)
    open.push({ close: () => tree.dispose() })
    const found: Record<string, string> = {}
    for await (const entry of tree.entries()) {
      found[entry.path] = Buffer.from((await entry.content()) as Uint8Array).toString()
    }
    return found
  }
  return { serve, fetch }
}
