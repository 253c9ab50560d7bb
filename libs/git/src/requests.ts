// SPDX-License-Identifier: Apache-2.0
import { type Advertisement, parseRefLine, readLine, type RemoteRef } from './advertisement.ts'
import { limitExceeded } from './git-error.ts'
import { delimiterPacket, encodePacket, flushPacket, type PacketReader } from './pkt-line.ts'

/** What to fetch. */
export interface FetchRequest {
  readonly wants: readonly string[]
  /** Commits of history; absent means all. */
  readonly depth?: number
  /** Leave trees and files out, where the server can. */
  readonly commitsOnly?: boolean
  /** Leave files out; only for servers that `canOmitFiles`. */
  readonly withoutFiles?: boolean
}

const agent = 'agent=tidelock'

/** Version 2's request for references; a prefix that is a full name also lists what is only longer. */
export function encodeListRefs(prefixes: readonly string[]): Buffer {
  return Buffer.concat([
    encodePacket('command=ls-refs\n'),
    encodePacket(`${agent}\n`),
    delimiterPacket,
    encodePacket('peel\n'),
    ...prefixes.map((prefix) => encodePacket(`ref-prefix ${prefix}\n`)),
    flushPacket,
  ])
}

/** Reads the answer to `encodeListRefs`. Throws `ProtocolError`, or `LimitExceeded` beyond `maxRefs`. */
export async function readRefs(reader: PacketReader, maxRefs: number): Promise<readonly RemoteRef[]> {
  const refs: RemoteRef[] = []
  for (let line = await readLine(reader); line !== undefined; line = await readLine(reader)) {
    refs.push(parseRefLine(line))
    if (refs.length > maxRefs) throw limitExceeded('refs', `the server lists more than ${maxRefs} references`)
  }
  return refs
}

/** Whether the server can leave files out, and hand them out by their ids afterwards: in version 2 it hands out any object. */
export function canOmitFiles(server: Advertisement): boolean {
  return server.version === 2 && has(server, 'filter')
}

/** The request for a pack, in the version that the server speaks. */
export function encodeFetch(request: FetchRequest, server: Advertisement): Buffer {
  return server.version === 2 ? encodeFetch2(request, server) : encodeFetch0(request, server)
}

/** Whether the server will say where it cut the history: then its answer has lines about it. */
export function asksDepth(request: FetchRequest, server: Advertisement): boolean {
  return request.depth !== undefined && has(server, 'shallow')
}

function encodeFetch2(request: FetchRequest, server: Advertisement): Buffer {
  const lines = ['no-progress', 'ofs-delta', ...request.wants.map((id) => `want ${id}`)]
  if (asksDepth(request, server)) lines.push(`deepen ${request.depth}`)
  if (request.commitsOnly === true && has(server, 'filter')) lines.push('filter tree:0')
  if (request.withoutFiles === true) lines.push('filter blob:none')
  lines.push('done')
  return Buffer.concat([
    encodePacket('command=fetch\n'),
    encodePacket(`${agent}\n`),
    delimiterPacket,
    ...lines.map((line) => encodePacket(`${line}\n`)),
    flushPacket,
  ])
}

function encodeFetch0(request: FetchRequest, server: Advertisement): Buffer {
  const known = ['side-band-64k', 'ofs-delta', 'no-progress', 'shallow', 'filter'].filter((name) => has(server, name))
  if (!known.includes('side-band-64k') && has(server, 'side-band')) known.push('side-band')
  const capabilities = has(server, 'agent') ? [...known, agent] : known
  const wants = request.wants.map((id, i) => encodePacket(`want ${id}${i === 0 ? ` ${capabilities.join(' ')}` : ''}\n`))
  if (asksDepth(request, server)) wants.push(encodePacket(`deepen ${request.depth}\n`))
  if (request.commitsOnly === true && has(server, 'filter')) wants.push(encodePacket('filter tree:0\n'))
  return Buffer.concat([...wants, flushPacket, encodePacket('done\n')])
}

/** Whether the server can do it: version 2 lists its fetch features in one capability. */
function has(server: Advertisement, name: string): boolean {
  if (server.version === 0) return server.capabilities.has(name)
  return (server.capabilities.get('fetch') ?? '').split(' ').includes(name)
}
