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
    const length = await reader.readLength()
    if (length === undefined || length === 0) return
    if (length < 5) throw new GitError('ProtocolError', 'a packet without band in the pack')
    const band = (await reader.readBytes(1))[0]
    if (band === 1) yield* pieces(reader, length - 5)
    else {
      const text = await gather(reader, length - 5)
      if (band === 3) throw remoteError(text)
      if (band !== 2) throw strayPacket(band, text)
    }
  }
}

async function* pieces(reader: PacketReader, length: number): AsyncGenerator<Buffer, void, undefined> {
  for (let left = length; left > 0;) {
    const piece = await reader.readBytes(left)
    left -= piece.length
    yield piece
  }
}

async function gather(reader: PacketReader, length: number): Promise<string> {
  const parts: Buffer[] = []
  for await (const piece of pieces(reader, length)) parts.push(Buffer.from(piece))
  return Buffer.concat(parts).toString('utf8')
}

function strayPacket(band: number | undefined, text: string): GitError {
  // an error in the middle of the pack that forgot the band: "ERR …" begins with the byte of a band of its own
  if (band === 0x45 && text.startsWith('RR ')) return remoteError(text.slice(3))
  return new GitError('ProtocolError', `a packet of the unknown band ${band} in the pack`)
}
