// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ignoreMatcher, readTree, writeArchive } from '@tidelock/archive'
import type { ArchiveEntries, WrittenArchive } from '@tidelock/archive'
import { errorMessage } from '@tidelock/errors'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { readLinkedTree } from './linked-tree.ts'

/** What goes into an artifact. */
export interface ContentFlags {
  /** A directory, a file, or `-` for standard input. */
  readonly path?: string
  readonly ignorePaths: readonly string[]
  readonly addIgnorePaths?: readonly string[]
  readonly resolveSymlinks?: boolean
}

/** What is left out unless `--ignore-paths` says otherwise. */
export const defaultIgnorePaths: readonly string[] = [
  ...['.git/', '.gitignore', '.gitmodules', '.gitattributes'],
  ...['*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip'],
]

/** An archive in a file of its own, which is removed with it. */
export interface BuiltArchive extends AsyncDisposable, WrittenArchive {
  readonly file: string
}

/** Archives the content. The same content gives the same bytes on every machine. Throws UsageInvalid, and what reading files throws. */
export async function buildArchive(
  flags: ContentFlags,
  environment: Pick<Environment, 'cwd' | 'input'>,
  signal: AbortSignal,
): Promise<BuiltArchive> {
  const entries = await readContent(flags, environment, signal)
  const directory = await mkdtemp(join(tmpdir(), 'tidelock-artifact-'))
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })
  try {
    const file = join(directory, 'artifact.tgz')
    return { ...(await writeArchive(entries, file, { signal })), file, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function readContent(
  { path, ignorePaths, addIgnorePaths = [], resolveSymlinks }: ContentFlags,
  { cwd, input }: Pick<Environment, 'cwd' | 'input'>,
  signal: AbortSignal,
): Promise<ArchiveEntries> {
  if (path === undefined || path === '') throw new CliError('UsageInvalid', 'invalid path "": give --path')
  if (path === '-') {
    const text = input === undefined ? '' : (await buffer(input)).toString('utf8')
    return [{ path: 'stdin.yaml', mode: 0o644, content: Buffer.from(text.replace(/(?<![\r\n])[\r\n]+$/, '')) }]
  }
  const place = resolve(cwd, path)
  const info = await stat(place).catch((cause: unknown) => {
    const why = `invalid path '${path}', must point to an existing directory or file: ${errorMessage(cause)}`
    throw new CliError('UsageInvalid', `--path: ${why}`, { cause })
  })
  const ignored = ignoreMatcher({ specIgnore: [...ignorePaths, ...addIgnorePaths].join('\n'), defaults: 'none' })
  if (info.isDirectory())
    return resolveSymlinks === true ? readLinkedTree(place, ignored, signal) : readTree(place, { ignored, signal })
  const name = basename(place)
  const isLeftOut = ignored(name, false) || (resolveSymlinks !== true && (await lstat(place)).isSymbolicLink())
  return isLeftOut ? [] : [{ path: name, mode: info.mode, content: await readFile(place) }]
}
