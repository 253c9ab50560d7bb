// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type GitOptions, runGit } from './git-program.ts'

/** How a commit comes about. */
export interface CommitOptions extends GitOptions {
  /** Default `main`. */
  readonly branch?: string
  /** Default `commit`. */
  readonly message?: string
  /** Author and committer; default `Tidelock <tidelock@example.com>`. */
  readonly author?: { readonly name: string; readonly email: string }
  /** Default: now. */
  readonly date?: Date
}

/** What is in a new repository. */
export interface CreateRepositoryOptions extends CommitOptions {
  /** A folder whose files (ignored ones too, `.git` not) become the first commit. Absent: the repository stays empty. */
  readonly from?: string
}

/** A bare repository. */
export interface Repository {
  /** Its folder, `<root>/<name>`. */
  readonly gitDir: string
  /** The first commit, empty for an empty repository. */
  readonly commit: string
}

/** The new content of a file, or null to delete it. */
export type FileChange =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: boolean }
  | null

/** Makes a bare repository `<root>/<name>`; name it `x.git` to have it served as such. Throws `GitFailed`. */
export async function createRepository(
  root: string,
  name: string,
  options: CreateRepositoryOptions = {},
): Promise<Repository> {
  const gitDir = resolve(root, name)
  await mkdir(gitDir, { recursive: true })
  const branch = options.branch ?? 'main'
  await runGit(gitDir, ['init', '--quiet', '--bare', `--initial-branch=${branch}`], options)
  if (options.from === undefined) return { gitDir, commit: '' }
  const index = await mkdtemp(join(tmpdir(), 'tidelock-index-'))
  try {
    const env = { GIT_INDEX_FILE: join(index, 'index') }
    await runGit(gitDir, [`--work-tree=${resolve(options.from)}`, 'add', '--all', '--force', '.'], { ...options, env })
    const tree = await runGit(gitDir, ['write-tree'], { ...options, env })
    const message = options.message ?? 'commit'
    const commit = await runGit(gitDir, ['commit-tree', tree, '-m', message], { ...options, env: identity(options) })
    await runGit(gitDir, ['update-ref', `refs/heads/${branch}`, commit], options)
    return { gitDir, commit }
  } finally {
    await rm(index, { recursive: true, force: true })
  }
}

/** Adds one commit with these changes on top of a branch (a missing branch begins with it) and answers its id. Throws `GitFailed`. */
export async function commitFiles(
  gitDir: string,
  files: Readonly<Record<string, FileChange>>,
  options: CommitOptions = {},
): Promise<string> {
  const ref = `refs/heads/${options.branch ?? 'main'}`
  const parent = await runGit(gitDir, ['for-each-ref', '--format=%(objectname)', ref], options)
  const stream = fastImportStream(ref, parent, files, options)
  await runGit(gitDir, ['fast-import', '--quiet', '--done'], { ...options, input: stream })
  return runGit(gitDir, ['rev-parse', '--verify', ref], options)
}

function fastImportStream(
  ref: string,
  parent: string,
  files: Readonly<Record<string, FileChange>>,
  options: CommitOptions,
): Buffer {
  const { name, email, seconds } = committer(options)
  const parts: Uint8Array[] = []
  const add = (text: string): number => parts.push(Buffer.from(text, 'utf8'))
  const addData = (content: string | Uint8Array): void => {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
    add(`data ${bytes.length}\n`)
    parts.push(bytes)
    add('\n')
  }
  add(`commit ${ref}\ncommitter ${name} <${email}> ${seconds} +0000\n`)
  addData(`${options.message ?? 'commit'}\n`)
  if (parent !== '') add(`from ${parent}\n`)
  for (const [path, change] of Object.entries(files)) {
    if (change === null) {
      add(`D ${quotePath(path)}\n`)
      continue
    }
    const { content, executable } =
      typeof change === 'object' && 'content' in change ? change : { content: change, executable: false }
    add(`M ${executable ? '100755' : '100644'} inline ${quotePath(path)}\n`)
    addData(content)
  }
  add('done\n')
  return Buffer.concat(parts)
}

function quotePath(path: string): string {
  return `"${path
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)}"`
}

function identity(options: CommitOptions): Record<string, string> {
  const { name, email, seconds } = committer(options)
  // Without the sign git takes small numbers for a calendar date.
  const date = `@${seconds} +0000`
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  }
}

function committer(options: CommitOptions): { name: string; email: string; seconds: number } {
  const { name, email } = options.author ?? { name: 'Tidelock', email: 'tidelock@example.com' }
  return { name, email, seconds: Math.floor((options.date ?? new Date()).getTime() / 1000) }
}
