// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository } from '@tidelock/local-cluster'
import {
  eventually,
  makeSshKey,
  type SshGitServer,
  type SshGitServerOptions,
  startSshGitServer,
} from '@tidelock/testkit'
import { type GitRemote, type GitRemoteOptions, openRemote, parseIdentity } from '../src/index.ts'
import { encodePacket, flushPacket } from '../src/pkt-line.ts'
import { impatientClock } from './clock.ts'

const [user, host] = [makeSshKey(), makeSshKey()]
const stack: AsyncDisposable[] = []
let root = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'git-ssh-hostile-'))
  const { gitDir } = await createRepository(root, 'app.git')
  await commitFiles(gitDir, { 'a.txt': 'a' })
})
afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
  // nothing is left of what failed
  const left = (await readdir(root)).filter((name) => name !== 'app.git')
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function serve(options: Partial<SshGitServerOptions> = {}): Promise<SshGitServer> {
  const server = await startSshGitServer({ root, hostKeys: [host.private], authorizedKeys: [user.public], ...options })
  stack.push(server)
  return server
}

function remote(port: number, options: Partial<GitRemoteOptions> = {}): GitRemote {
  const opened = openRemote({
    url: `ssh://git@127.0.0.1:${port}/app.git`,
    ssh: { identity: parseIdentity(user.private), knownHosts: `[127.0.0.1]:${port} ${host.public}` },
    ...{ timeoutMs: 60_000, clock: impatientClock, scratchDir: root },
    ...options,
  })
  stack.push(opened)
  return opened
}

/** A server of our own below SSH; answers its port and how many connections it holds. */
async function listen(onSocket: (socket: Socket) => void): Promise<{ port: number; open: () => number }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    // what is not read does not end either
    socket
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket))
      .resume()
    onSocket(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  stack.push({
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return { port: (server.address() as AddressInfo).port, open: () => sockets.size }
}

/** Waits until it is so. */
const until = (isSo: () => boolean): Promise<void> =>
  eventually(() => {
    if (!isSo()) throw new Error('not yet')
  })

const phases: [string, () => Promise<{ port: number; open: () => number; reached: () => boolean }>][] = [
  [
    'before its introduction',
    async () => {
      const { port, open } = await listen(() => undefined)
      return { port, open, reached: () => open() > 0 }
    },
  ],
  [
    'after its introduction',
    async () => {
      const { port, open } = await listen((socket) => void socket.write('SSH-2.0-hung\r\n'))
      return { port, open, reached: () => open() > 0 }
    },
  ],
  [
    'before it answers the command',
    async () => {
      const server = await serve({ onCommand: () => true })
      return { port: server.port, open: () => server.connections(), reached: () => server.commands.length > 0 }
    },
  ],
  [
    'in the middle of its references',
    async () => {
      const server = await serve({ onCommand: (_command, channel) => channel.write('00') || true })
      return { port: server.port, open: () => server.connections(), reached: () => server.commands.length > 0 }
    },
  ],
]

describe.each(phases)('a server that hangs %s', (_name, start) => {
  it('is left at the time limit, with its connection', async () => {
    const { port, open } = await start()
    const act = remote(port, { timeoutMs: 300 }).resolve({ branch: 'main' })
    await expect(act).rejects.toMatchObject({
      code: 'Timeout',
      message: expect.stringContaining('timed out after 0.3s'),
    })
    await until(() => open() === 0)
  })

  it('is left when the signal aborts', async () => {
    const { port, open, reached } = await start()
    const controller = new AbortController()
    const act = remote(port).resolve({ branch: 'main' }, controller.signal)
    act.catch(() => undefined)
    await until(reached)
    controller.abort(new Error('enough'))
    await expect(act).rejects.toThrow('enough')
    await until(() => open() === 0)
  })
})

describe('a server', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['speaks something else', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['closes at once', (socket) => socket.end()],
    ['resets', (socket) => void socket.resetAndDestroy()],
    ['speaks SSH 1', (socket) => socket.end('SSH-1.5-old\r\n')],
    ['sends noise after its introduction', (socket) => socket.end(`SSH-2.0-noise\r\n${'\u0001'.repeat(5000)}`)],
    [
      'sends a packet of 4 GiB',
      (socket) => void socket.write(Buffer.from('SSH-2.0-x\r\n\xff\xff\xff\xff\x01\x01\x01\x01', 'latin1')),
    ],
  ])('that %s is an error that says where', async (_what, onSocket) => {
    const { port } = await listen(onSocket)
    await expect(remote(port).resolve({ branch: 'main' })).rejects.toMatchObject({
      name: 'GitError',
      code: expect.stringMatching(/^(ProtocolError|Unreachable)$/),
      message: expect.stringContaining('ssh: '),
    })
  })

  it('that greets without end is left', async () => {
    const line = `${'x'.repeat(1000)}\r\n`
    const { port } = await listen((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(line));
      }
      socket.on('drain', more)
      more()
    })
    await expect(remote(port).resolve({ branch: 'main' })).rejects.toMatchObject({ code: 'ProtocolError' })
  })

  it('that introduces itself byte by byte is understood', async () => {
    const server = await serve({ ident: 'slow' })
    const { port } = await listen((socket) => {
      const onward = connect(server.port, '127.0.0.1')
      socket.pipe(onward)
      onward.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      void (async () => {
        let held = 'SSH-2.0-slow'.length
        for await (const chunk of onward as AsyncIterable<Buffer>) {
          for (let i = 0; i < chunk.length;) {
            const next = held-- > 0 ? i + 1 : chunk.length
            await new Promise((resolve) => socket.write(chunk.subarray(i, next), resolve))
            // each write is to be a piece of its own for who reads
            if (held > 0) await new Promise((resolve) => setImmediate(resolve))
            i = next
          }
        }
      })().catch(() => socket.destroy())
    })
    expect((await remote(port).resolve({ branch: 'main' })).revision).toMatch(/^main@sha1:/)
  })

  it('that greets politely is heard out', async () => {
    const server = await serve({ greeting: 'hello\r\nworld', banner: 'authorised users only' })
    expect((await remote(server.port).resolve({ branch: 'main' })).revision).toMatch(/^main@sha1:/)
  })

  it('that lists references without end meets the limit', async () => {
    const server = await serve({
      onCommand: (_command, channel) => {
        channel.write(encodePacket(`${'1'.repeat(40)} HEAD\0agent=x\n`))
        const more = (): void => {
          while (channel.writable && channel.write(encodePacket(`${'1'.repeat(40)} refs/heads/${Math.random()}\n`)));
        }
        channel.on('drain', more)
        more()
        return true
      },
    })
    await expect(remote(server.port, { limits: { refs: 1000 } }).resolve({ branch: 'x' })).rejects.toMatchObject({
      code: 'LimitExceeded',
    })
  })

  it('that ends in the middle of a pack is not believed', async () => {
    const id = '2'.repeat(40)
    const server = await serve({
      onCommand: (_command, channel) => {
        channel.write(Buffer.concat([encodePacket(`${id} refs/heads/main\0side-band-64k shallow\n`), flushPacket]))
        channel.once('data', () => {
          channel.write(Buffer.concat([encodePacket(`shallow ${id}`), flushPacket, encodePacket('NAK\n')]))
          channel.end(encodePacket(Buffer.concat([Buffer.from([1]), Buffer.from('PACK\0\0\0\u0002\0\0\0\u0009')])))
        })
        return true
      },
    })
    const from = remote(server.port)
    const resolved = await from.resolve({ branch: 'main' })
    await expect(from.fetchTree(resolved)).rejects.toMatchObject({ name: 'GitError' })
  })

  it('that sends more than it may, unasked, is left', async () => {
    const id = '2'.repeat(40)
    const server = await serve({
      onCommand: (_command, channel) => {
        channel.write(Buffer.concat([encodePacket(`${id} refs/heads/main\0side-band-64k shallow\n`), flushPacket]))
        // as if the client had allowed it
        Object.assign((channel as unknown as { outgoing: object }).outgoing, { window: 2 ** 31 })
        // in pieces that do not end where the window does, as ssh2 drops what comes at a window of zero
        for (let i = 0; i < 1500; i++) channel.write(Buffer.alloc(30_001))
        return true
      },
    })
    const from = remote(server.port)
    const resolved = await from.resolve({ branch: 'main' })
    await until(() => server.connections() === 0)
    await expect(from.fetchTree(resolved)).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: expect.stringContaining('beyond the agreed window'),
    })
  })

  it('that floods its error output is cut short in the message', async () => {
    const server = await serve({
      onCommand: (_command, channel) => {
        channel.stderr.write(`${'noise '.repeat(100_000)}the last words`)
        channel.exit(1)
        channel.end()
        return true
      },
    })
    const error = await remote(server.port)
      .resolve({ branch: 'main' })
      .catch((thrown: unknown) => thrown as Error)
    expect((error as Error).message.length).toBeLessThan(600)
  })
})
