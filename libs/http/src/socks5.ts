// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ProxyServer } from './proxy.ts'
import { SocketReader } from './socket-reader.ts'

const version = 5
const methods = { none: 0, password: 2, refused: 0xff } as const
const replies: Readonly<Record<number, string>> = {
  1: 'general SOCKS server failure',
  2: 'connection not allowed by ruleset',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
}
/** How long the bound address is, by its type; a name says its length itself. */
const addressBytes: Readonly<Record<number, number>> = { 1: 4, 4: 16 }

/**
 * Asks a SOCKS5 proxy (RFC 1928, user name and password by RFC 1929) for a connection; names are looked up by the proxy.
 * On return the stream is the target's. Throws an Error whose message says what the proxy said.
 */
export async function connectSocks5(
  stream: Duplex,
  target: { readonly host: string; readonly port: number },
  credentials: ProxyServer['credentials'],
): Promise<void> {
  const reader = new SocketReader(stream)
  // a proxy that wants nothing may still choose to ask: it is offered both
  stream.write(
    Buffer.from(credentials === undefined ? [version, 1, methods.none] : [version, 2, methods.password, methods.none]),
  )
  const [spoken, method] = await reader.read(2)
  if (spoken !== version) throw new Error('it does not speak SOCKS5')
  if (method === methods.password && credentials !== undefined) await authenticate(stream, reader, credentials)
  else if (method !== methods.none) throw new Error('authentication required')
  stream.write(request(target))
  const [, reply, , type] = await reader.read(4)
  if (reply !== 0) throw new Error(replies[reply ?? -1] ?? `unknown reply ${reply}`)
  const length = type === 3 ? (await reader.read(1))[0] : addressBytes[type ?? 0]
  if (length === undefined) throw new Error(`unknown address type ${type}`)
  await reader.read(length + 2)
  reader.release()
}

async function authenticate(
  stream: Duplex,
  reader: SocketReader,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  stream.write(Buffer.concat([Buffer.from([1]), counted(username, 'user name'), counted(password, 'password')]))
  const [, status] = await reader.read(2)
  if (status !== 0) throw new Error('authentication failed: it refused the user name or the password')
}

function request({ host, port }: { readonly host: string; readonly port: number }): Buffer {
  const end = Buffer.alloc(2)
  end.writeUInt16BE(port)
  return Buffer.concat([Buffer.from([version, 1, 0]), address(host), end])
}

function address(host: string): Buffer {
  const family = isIP(host)
  if (family === 4) return Buffer.from([1, ...host.split('.').map(Number)])
  if (family === 6) return Buffer.concat([Buffer.from([4]), ipv6Bytes(host)])
  return Buffer.concat([Buffer.from([3]), counted(host, 'host name')])
}

function ipv6Bytes(host: string): Buffer {
  // the URL parser writes an address in its shortest form, in hexadecimal alone
  const canonical = new URL(`http://[${host}]/`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail)]
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const bytes = Buffer.alloc(16)
  for (const [i, group] of [...before, ...zeros, ...after].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2)
  return bytes
}

function counted(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length > 255) throw new Error(`the ${what} is longer than the 255 bytes that SOCKS5 can carry`)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}
