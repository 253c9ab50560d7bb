// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { nameOf, parseArtifactUrl } from '../../artifacts/artifact-url.ts'
import { fetchArtifact } from '../../artifacts/fetch-artifact.ts'
import { annotationKeys } from '../../artifacts/manifest.ts'
import { openRepository } from '../../artifacts/open-repository.ts'
import type { RegistryFlags } from '../../artifacts/open-repository.ts'
import { placeTree } from '../../artifacts/place-tree.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { addRegistryFlags, withTimeout } from './flags.ts'

interface PullFlags extends RegistryFlags {
  readonly output?: string
}

const examples = `
Examples:
  tidelock pull artifact oci://ghcr.io/example/shop:1.4.0 --output ./shop`

/** `tidelock pull artifact`. */
export function addPullCommand(program: Command, environment: Environment): void {
  const pull = program.command('pull').description('pull artifacts from a registry')
  addRegistryFlags(pull.command('artifact').argument('[url]', 'oci://host/path:tag'))
    .description('unpack an artifact of a registry into a directory')
    .option('-o, --output <dir>', 'an existing directory')
    .addHelpText('after', examples)
    .action((url: string | undefined, flags: PullFlags, self: Command) =>
      withTimeout(self, environment, (signal) => pullArtifact(url, flags, environment, signal)),
    )
}

async function pullArtifact(
  url: string | undefined,
  flags: PullFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const { cwd, err } = environment
  const { output } = flags
  if (url === undefined) throw new CliError('UsageInvalid', 'artifact URL is required')
  if (output === undefined || output === '')
    throw new CliError('UsageInvalid', 'output path cannot be empty: give --output')
  const directory = resolve(cwd, output)
  const info = await stat(directory).catch(() => undefined)
  if (info?.isDirectory() !== true)
    throw new CliError('UsageInvalid', `--output: invalid output path "${output}": it is no existing directory`)
  const { reference, target, text } = parseArtifactUrl(url, 'artifact URL')
  await using open = await openRepository(reference, flags, environment, signal)
  err(`► pulling artifact from ${text}\n`)
  await using artifact = await fetchArtifact(open.repository, target, signal)
  await placeTree(artifact.directory, artifact.index, directory)
  const { annotations, digest } = artifact
  const [source, revision] = [annotations[annotationKeys.source], annotations[annotationKeys.revision]]
  if (source) err(`✔ source ${source}\n`)
  if (revision) err(`✔ revision ${revision}\n`)
  err(`✔ digest ${nameOf(reference, digest)}\n✔ artifact content extracted to ${output}\n`)
}
