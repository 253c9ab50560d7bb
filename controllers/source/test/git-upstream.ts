// SPDX-License-Identifier: Apache-2.0
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { commitFiles, createRepository, runGit, startGitServer } from '@tidelock/local-cluster'
import type {
  CommitOptions,
  FileChange,
  GitAnswer,
  GitRequest,
  GitServer,
  GitServerOptions,
} from '@tidelock/local-cluster'

type Faults = {
  onRequest?: (request: GitRequest) => Promise<GitAnswer | undefined> | GitAnswer | undefined
  onResponseBody?: (request: GitRequest, body: Readable) => Readable
}

/** A real Git server that counts what it is asked, and that a test can break and mend while it runs. */
export class GitUpstream implements AsyncDisposable {
  /** How it misbehaves now. */
  faults: Faults = {}
  /** Every request so far, as `GET /app.git/info/refs`. */
  readonly requests: string[] = []
  /** How many packs were sent. */
  packs = 0
  readonly #options: GitServerOptions
  #server: GitServer | undefined
  #url = ''

  private constructor(options: GitServerOptions) {
    this.#options = options
  }

  static async start(options: GitServerOptions): Promise<GitUpstream> {
    const upstream = new GitUpstream(options)
    await upstream.up()
    return upstream
  }

  get url(): string {
    return this.#url
  }

  /** Starts the server (again), on the port that it had. */
  async up(): Promise<void> {
    const port = this.#url === '' ? {} : { port: Number(new URL(this.#url).port) }
    const onRequest = (request: GitRequest) => {
      this.requests.push(`${request.method} ${request.url.split('?')[0]}`)
      return this.faults.onRequest?.(request)
    }
    const onResponseBody = (request: GitRequest, body: Readable) => {
      const counted = body.pipe(this.#countPacks())
      body.on('error', (error) => counted.destroy(error))
      return this.faults.onResponseBody?.(request, counted) ?? counted
    }
    this.#server = await startGitServer({ ...this.#options, ...port, hooks: { onRequest, onResponseBody } })
    this.#url = this.#server.url
  }

  async down(): Promise<void> {
    await this.#server?.stop()
    this.#server = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }

  /** Makes `<name>.git`, with a first commit on main when files are given. */
  async create(name: string, files?: Readonly<Record<string, FileChange>>): Promise<UpstreamRepository> {
    const { gitDir } = await createRepository(this.#options.root, `${name}.git`)
    const repository = new UpstreamRepository(gitDir, `${this.url}/${name}.git`)
    if (files !== undefined) await repository.commit(files)
    return repository
  }

  #countPacks(): Transform {
    let isPack = false
    const count = (): void => {
      if (!isPack) this.packs++
      isPack = true
    }
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (chunk.includes('PACK')) count()
        done(null, chunk)
      },
    })
  }
}

/** A repository on the server. */
export class UpstreamRepository {
  readonly gitDir: string
  readonly url: string

  constructor(gitDir: string, url: string) {
    this.gitDir = gitDir
    this.url = url
  }

  /** Commits the changes and answers the commit's id. */
  commit(files: Readonly<Record<string, FileChange>>, options: CommitOptions = {}): Promise<string> {
    return commitFiles(this.gitDir, files, options)
  }

  /** Commits a symbolic link. */
  async link(path: string, target: string): Promise<void> {
    const stream = [
      'commit refs/heads/main',
      'committer T <t@example.com> 1000 +0000',
      'data 0',
      'from refs/heads/main^0',
      `M 120000 inline ${path}`,
      `data ${target.length}`,
      `${target}\ndone\n`,
    ]
    await runGit(this.gitDir, ['fast-import', '--quiet', '--done'], { input: stream.join('\n') })
  }

  /**
   * Puts the root directory `width` times into a new one, `depth` times over: `width` ** `depth` times the files in a pack of
   * a few hundred bytes.
   */
  async treeBomb(width: number, depth: number): Promise<void> {
    let tree = await this.git('rev-parse', 'main^{tree}').catch(() => '')
    if (tree === '') {
      const blob = await runGit(this.gitDir, ['hash-object', '-w', '--stdin'], { input: 'x' })
      tree = await runGit(this.gitDir, ['mktree'], { input: `100644 blob ${blob}\tfile.txt\n` })
    }
    for (let level = 0; level < depth; level++) {
      const lines = Array.from({ length: width }, (_each, n) => `040000 tree ${tree}\tdir-${n}\n`)
      tree = await runGit(this.gitDir, ['mktree'], { input: lines.join('') })
    }
    const env = { GIT_AUTHOR_NAME: 'T', GIT_AUTHOR_EMAIL: 't@example.com', GIT_COMMITTER_NAME: 'T' }
    const commit = await runGit(this.gitDir, ['commit-tree', tree, '-m', 'bomb'], {
      env: { ...env, GIT_COMMITTER_EMAIL: 't@example.com' },
    })
    await this.git('update-ref', 'refs/heads/main', commit)
  }

  git(...args: string[]): Promise<string> {
    return runGit(this.gitDir, args)
  }
}
