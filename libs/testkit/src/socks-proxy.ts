// SPDX-License-Identifier: Apache-2.0
import { connect, createServer, type Socket } from 'node:net'
import type { TestProxy, TestProxyOptions } from './http-proxy.ts'
import { listenLocally } from './listen-locally.ts'

/** Starts a SOCKS5 proxy (RFC 1928, user name and password by RFC 1929). */
export async function startSocksProxy(options: Omit<TestProxyOptions, 'tls'> = {}): Promise<TestProxy> {
  const asked: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    void serve(socket, options, asked).catch(() => socket.destroy())
  })
  const { port, close } = await listenLocally(server)
  return { url: `socks5://127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: close }
}

async function serve(socket: Socket, { auth, hosts }: TestProxyOptions, asked: string[]): Promise<void> {
  const read = reader(socket)
  const [, count = 0] = await read(2)
  const offered = await read(count)
  const method = auth === undefined ? 0 : 2
  if (!offered.includes(method)) return void socket.end(Buffer.from([5, 0xff]))
  socket.write(Buffer.from([5, method]))
  if (auth !== undefined) {
    const [, userLength = 0] = await read(2)
    const user = (await read(userLength)).toString()
    const password = (await read((await read(1))[0] ?? 0)).toString()
    const allowed = user === auth.username && password === auth.password
    socket.write(Buffer.from([1, allowed ? 0 : 1]))
    if (!allowed) return void socket.end()
  }
  const [, , , type] = await read(4)
  const host = await readHost(read, type)
  const port = (await read(2)).readUInt16BE()
  asked.push(`CONNECT ${host}:${port}`)
  const target = new URL(`tcp://${hosts?.[`${host}:${port}`] ?? `${host}:${port}`}`)
  join(socket, connect(Number(target.port), target.hostname.replace(/^\[(.*)\]$/, '$1')))
}

function join(socket: Socket, onward: Socket): void {
  const bound = [0, 1, 127, 0, 0, 1, 0, 0]
  onward
    .once('connect', () => {
      socket.write(Buffer.from([5, 0, ...bound]))
      socket.pipe(onward).pipe(socket)
    })
    .on('error', () => (socket.writable ? socket.end(Buffer.from([5, 5, ...bound])) : socket.destroy()))
    .on('close', () => socket.destroySoon())
  socket.on('close', () => onward.destroy())
}

async function readHost(read: (length: number) => Promise<Buffer>, type: number | undefined): Promise<string> {
  if (type === 1) return [...(await read(4))].join('.')
  if (type === 3) return (await read((await read(1))[0] ?? 0)).toString()
  const bytes = await read(16)
  return `[${Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':')}]`
}

function reader(socket: Socket): (length: number) => Promise<Buffer> {
  let held = Buffer.alloc(0)
  return async (length) => {
    while (held.length < length) {
      const bytes = socket.read() as Buffer | null
      if (bytes !== null) held = Buffer.concat([held, bytes])
      else if (socket.destroyed || socket.readableEnded) throw new Error('the client went away')
      else
        await new Promise<void>((resolve) =>
          socket.once('readable', resolve).once('end', resolve).once('close', resolve),
        )
    }
    const bytes = held.subarray(0, length)
    held = held.subarray(length)
    return bytes
  }
}
