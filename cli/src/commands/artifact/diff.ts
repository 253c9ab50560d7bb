// SPDX-License-Identifier: Apache-2.0
import type { ArtifactIndex } from '@tidelock/archive'
import { errorMessage } from '@tidelock/errors'
import type { Command } from 'commander'
import { parseArtifactUrl } from '../../artifacts/artifact-url.ts'
import { buildArchive } from '../../artifacts/content.ts'
import type { ContentFlags } from '../../artifacts/content.ts'
import { fetchArtifact } from '../../artifacts/fetch-artifact.ts'
import { openRepository } from '../../artifacts/open-repository.ts'
import type { RegistryFlags } from '../../artifacts/open-repository.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { addContentFlags, addRegistryFlags, withTimeout } from './flags.ts'

interface DiffFlags extends ContentFlags, RegistryFlags {}

const examples = `
Exit code: 0 the same content, 1 another one, 2 it could not be told.

Examples:
  tidelock diff artifact oci://ghcr.io/example/shop:1.4.0 --path ./deploy`

/** `tidelock diff artifact`: whether a directory or file is what an artifact of a registry holds. */
export function addDiffArtifactCommand(diff: Command, environment: Environment): void {
  const command = addContentFlags(diff.command('artifact').argument('[url]', 'oci://host/path:tag'), '--path <path>')
  addRegistryFlags(command)
    .description('compare a directory or file with an artifact of a registry')
    .addHelpText('after', examples)
    .action(async (url: string | undefined, flags: DiffFlags, self: Command) => {
      const changed = await withTimeout(self, environment, (signal) =>
        compareArtifact(url, flags, environment, signal),
      ).catch((cause: unknown) => {
        if (environment.signal.aborted) throw cause
        throw new CliError('DiffFailed', errorMessage(cause), { cause, details: { exitCode: 2 } })
      })
      if (changed.length === 0) return environment.err('✔ no changes detected\n')
      environment.out(changed.map((line) => `${line}\n`).join(''))
      throw new CliError('Changed', 'the remote artifact contents differs from the local one')
    })
}

async function compareArtifact(
  url: string | undefined,
  flags: DiffFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (url === undefined) throw new CliError('UsageInvalid', 'artifact URL is required')
  const { reference, target } = parseArtifactUrl(url, 'artifact URL')
  await using archive = await buildArchive(flags, environment, signal)
  await using open = await openRepository(reference, flags, environment, signal)
  await using remote = await fetchArtifact(open.repository, target, signal)
  return compareIndexes(remote.index, archive.index)
}

/** A line for each path that differs: `+` only here, `-` only there, `±` another content. */
function compareIndexes(remote: ArtifactIndex, local: ArtifactIndex): readonly string[] {
  const there = toMap(remote)
  const here = toMap(local)
  return [...new Set([...there.keys(), ...here.keys()])].toSorted().flatMap((path) => {
    if (there.get(path) === here.get(path)) return []
    return `${here.has(path) ? (there.has(path) ? '±' : '+') : '-'} ${path}`
  })
}

function toMap({ files, directories }: ArtifactIndex): ReadonlyMap<string, string> {
  return new Map([
    ...directories.map((path): [string, string] => [`${path}/`, 'directory']),
    ...files.map(({ path, sha256, mode }): [string, string] => [path, `${sha256} ${mode}`]),
  ])
}
