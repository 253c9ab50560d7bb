// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { delimiterPacket, encodePacket, flushPacket, PacketReader } from './pkt-line.ts'

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1)
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function readAll(reader: PacketReader): Promise<string[]> {
  const packets = []
  for (let packet = await reader.read(); packet !== undefined; packet = await reader.read()) {
    packets.push(packet.kind === 'data' ? `=${packet.data.toString('latin1')}` : packet.kind)
  }
  return packets
}

const reader = (text: string): PacketReader => new PacketReader(chunked(Buffer.from(text, 'latin1'), [1000]))

describe('PacketReader', () => {
  it('cuts a stream into packets however it is chunked', async () => {
    const payload = fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constantFrom('flush', 'delimiter'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(payload),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        async (payloads, sizes) => {
          const encoded = payloads.map((each) =>
            each === 'flush' ? flushPacket : each === 'delimiter' ? delimiterPacket : encodePacket(each as Uint8Array),
          )
          const expected = payloads.map((each) =>
            typeof each === 'string' ? each : `=${Buffer.from(each).toString('latin1')}`,
          )
          expect(await readAll(new PacketReader(chunked(Buffer.concat(encoded), sizes)))).toEqual(expected)
        },
      ),
    )
  })
  it('reads empty packets and the response end', async () => {
    expect(await readAll(reader('000400020006a\n'))).toEqual(['=', 'end', '=a\n'])
  })
  it.each(['00', '0009abc', '000'])('fails when the stream ends inside a packet: %j', async (text) => {
    await expect(readAll(reader(text))).rejects.toMatchObject({ code: 'Unreachable' })
  })
  it.each(['<html>', '0003', 'zzzz', '-001', '0x10', '+010'])('refuses %j', async (text) => {
    await expect(readAll(reader(text))).rejects.toMatchObject({ code: 'ProtocolError' })
  })
  it('hands out the rest as it is', async () => {
    const mixed = reader('0008NAK\nPACK and so on')
    await mixed.read()
    const rest: Uint8Array[] = []
    for await (const chunk of mixed.rest()) rest.push(chunk)
    expect(Buffer.concat(rest).toString()).toBe('PACK and so on')
  })
})

describe('encodePacket', () => {
  it('counts bytes, not characters', () => {
    expect(encodePacket('é\n').toString('utf8')).toBe('0007é\n')
  })
  it('refuses what does not fit', () => {
    expect(encodePacket(Buffer.alloc(65516)).subarray(0, 4).toString()).toBe('fff0')
    expect(() => encodePacket(Buffer.alloc(65517))).toThrow(RangeError)
  })
})
