// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2'
import { listenLocally } from '../listen-locally.ts'

/** How an SSH server of the tests behaves. */
export interface SshGitServerOptions {
  /** The directory that repositories are served from. */
  readonly root: string
  /** Private keys in PEM. */
  readonly hostKeys: readonly string[]
  /** Public keys in OpenSSH's format that may log in. */
  readonly authorizedKeys: readonly string[]
  /** Does not pass GIT_PROTOCOL on, as many servers do not. */
  readonly refusesEnv?: boolean
  readonly algorithms?: ssh2.Algorithms
  readonly ident?: string
  /** Shown before the server introduces itself, and before log-in. */
  readonly greeting?: string
  readonly banner?: string
  /** Answers a command itself instead of git; false hands it on. */
  readonly onCommand?: (command: string, channel: ServerChannel) => boolean
  /** Settings of git for all commands. */
  readonly config?: Readonly<Record<string, string>>
}

/** An SSH server on loopback that runs the real `git-upload-pack`. */
export interface SshGitServer extends AsyncDisposable {
  readonly port: number
  /** `ssh://git@127.0.0.1:<port>` */
  readonly url: string
  /** Users that have logged in, and the commands that they ran, in order. */
  readonly users: readonly string[]
  readonly commands: readonly string[]
  /** Connections that are open now. */
  connections(): number
}

/** Starts the server; `ssh2` is the protocol, git the program on the search path. */
export async function startSshGitServer(options: SshGitServerOptions): Promise<SshGitServer> {
  const allowed = options.authorizedKeys.map(parsePublicKey)
  const [users, commands]: [string[], string[]] = [[], []]
  const children = new Set<ChildProcess>()
  let open = 0
  const server = new ssh2.Server(
    {
      hostKeys: [...options.hostKeys],
      ...(options.algorithms === undefined ? {} : { algorithms: options.algorithms }),
      ...(options.ident === undefined ? {} : { ident: options.ident }),
      ...(options.greeting === undefined ? {} : { greeting: options.greeting }),
      ...(options.banner === undefined ? {} : { banner: options.banner }),
    },
    (connection) => {
      open++
      connection.on('close', () => open--).on('error', () => undefined)
      connection.on('authentication', (context) => {
        if (!mayLogIn(context, allowed)) return context.reject(['publickey'])
        // a client first asks whether a key would do
        if (context.method === 'publickey' && context.signature !== undefined) users.push(context.username)
        context.accept()
      })
      connection.on('ready', () => serveSessions(connection, { options, commands, children }))
    },
  )
  const { port, close } = await listenLocally(createServer((socket) => server.injectSocket(socket)))
  return {
    port,
    url: `ssh://git@127.0.0.1:${port}`,
    users,
    commands,
    connections: () => open,
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL')
      await close()
    },
  }
}

function parsePublicKey(line: string): ParsedKey {
  const key = ssh2.utils.parseKey(line)
  if (key instanceof Error) throw key
  return key
}

function mayLogIn(context: AuthContext, allowed: readonly ParsedKey[]): boolean {
  if (context.method !== 'publickey') return false
  const { key, signature, blob, hashAlgo } = context
  const known = allowed.find(
    (each) => each.type === key.algo.replace(/^rsa-sha2-.*/, 'ssh-rsa') && each.getPublicSSH().equals(key.data),
  )
  if (known === undefined) return false
  return signature === undefined || blob === undefined || known.verify(blob, signature, hashAlgo)
}

interface Serving {
  readonly options: SshGitServerOptions
  readonly commands: string[]
  readonly children: Set<ChildProcess>
}

function serveSessions(connection: Connection, serving: Serving): void {
  connection.on('session', (accept) => {
    const env: Record<string, string> = {}
    accept()
      .on('env', (acceptEnv, rejectEnv, { key, val }) => {
        if (serving.options.refusesEnv === true || key !== 'GIT_PROTOCOL') return rejectEnv?.()
        env[key] = val
        acceptEnv?.()
      })
      .on('exec', (acceptExec, _reject, { command }) => {
        serving.commands.push(command)
        const channel = acceptExec()
        channel.on('error', () => undefined)
        if (serving.options.onCommand?.(command, channel) !== true) runGit(command, env, channel, serving)
      })
  })
}

function runGit(command: string, env: Record<string, string>, channel: ServerChannel, serving: Serving): void {
  const [, program = '', quoted = ''] = /^(git-upload-pack|git-receive-pack) '(.*)'$/s.exec(command) ?? []
  if (program === '') {
    channel.stderr.write(`bash: ${command}: command not found\n`)
    channel.exit(127)
    return void channel.end()
  }
  const path = join(serving.options.root, quoted.replace(/'\\(['!])'/g, '$1'))
  const settings = Object.entries(serving.options.config ?? {}).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn('git', [...settings, program.slice(4), path], { env: { ...process.env, ...env } })
  serving.children.add(child)
  channel.pipe(child.stdin)
  child.stdin.on('error', () => undefined)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  channel.on('close', () => child.kill())
  child.on('close', (code) => {
    serving.children.delete(child)
    channel.exit(code ?? 255)
    channel.end()
  })
}
