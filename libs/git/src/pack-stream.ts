// SPDX-License-Identifier: Apache-2.0
import { type Advertisement, readLine, remoteError } from './advertisement.ts'
import { GitError } from './git-error.ts'
import type { PacketReader } from './pkt-line.ts'
import { remoteText } from './remote-text.ts'
import { asksDepth, type FetchRequest } from './requests.ts'

/** The bytes of the pack in the answer to `encodeFetch`. Throws `ProtocolError`; `details.remote` marks the server's own errors. */
export async function* readPack(
  reader: PacketReader,
  request: FetchRequest,
  server: Advertisement,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (server.version === 2) {
    await skipToPack(reader)
    yield* demultiplex(reader)
    return
  }
  if (asksDepth(request, server)) await skipShallowLines(reader)
  await skipAcknowledgement(reader)
  if (server.capabilities.has('side-band-64k') || server.capabilities.has('side-band')) yield* demultiplex(reader)
  else yield* reader.rest()
}

async function skipToPack(reader: PacketReader): Promise<void> {
  for (;;) {
    const packet = await reader.read()
    if (packet === undefined || packet.kind === 'flush') throw new GitError('ProtocolError', 'the server sent no pack')
    if (packet.kind !== 'data') continue
    const line = packet.data.toString('utf8').trimEnd()
    if (line === 'packfile') return
    if (line.startsWith('ERR ')) throw remoteError(line.slice(4))
  }
}

async function skipShallowLines(reader: PacketReader): Promise<void> {
  for (let line = await readLine(reader); line !== undefined; line = await readLine(reader)) {
    if (!/^(un)?shallow [0-9a-f]{40}$/.test(line)) {
      throw new GitError('ProtocolError', `unexpected ${JSON.stringify(remoteText(line))} instead of shallow commits`)
    }
  }
}

async function skipAcknowledgement(reader: PacketReader): Promise<void> {
  const line = await readLine(reader)
  if (line !== 'NAK' && line?.startsWith('ACK ') !== true) {
    throw new GitError(
      'ProtocolError',
      `unexpected ${JSON.stringify(remoteText(line ?? 'end'))} instead of an acknowledgement`,
    )
  }
}

/** Band 1 is the pack, band 2 progress for people, band 3 the server's last words. */
async function* demultiplex(reader: PacketReader): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const packet = await reader.read()
    if (packet === undefined || packet.kind === 'flush') return
    if (packet.kind !== 'data' || packet.data.length === 0)
      throw new GitError('ProtocolError', 'a packet without band in the pack')
    const band = packet.data[0]
    const data = packet.data.subarray(1)
    if (band === 1) yield data
    else if (band === 3) throw remoteError(data.toString('utf8'))
    else if (band !== 2) throw strayPacket(packet.data)
  }
}

function strayPacket(data: Buffer): GitError {
  const text = data.toString('utf8')
  if (text.startsWith('ERR ')) return remoteError(text.slice(4))
  return new GitError('ProtocolError', `a packet of the unknown band ${data[0]} in the pack`)
}
