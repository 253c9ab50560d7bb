// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { nameOf, parseArtifactUrl } from '../../artifacts/artifact-url.ts'
import { openRepository } from '../../artifacts/open-repository.ts'
import type { RegistryFlags } from '../../artifacts/open-repository.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { addWithCommas } from '../flag-values.ts'
import { addRegistryFlags, explain, withTimeout } from './flags.ts'

interface TagFlags extends RegistryFlags {
  readonly tag?: readonly string[]
}

const examples = `
Examples:
  tidelock tag artifact oci://ghcr.io/example/shop:1.4.0 --tag latest`

/** `tidelock tag artifact`. */
export function addTagCommand(program: Command, environment: Environment): void {
  const tag = program.command('tag').description('tag artifacts of a registry')
  addRegistryFlags(tag.command('artifact').argument('[url]', 'oci://host/path:tag'))
    .description('give an artifact further tags')
    .option('--tag <list>', 'tags, with commas between; repeatable', addWithCommas)
    .addHelpText('after', examples)
    .action((url: string | undefined, flags: TagFlags, self: Command) =>
      withTimeout(self, environment, (signal) => tagArtifact(url, flags, environment, signal)),
    )
}

async function tagArtifact(
  url: string | undefined,
  flags: TagFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const { tag: tags = [] } = flags
  if (url === undefined) throw new CliError('UsageInvalid', 'artifact name is required')
  if (tags.length === 0) throw new CliError('UsageInvalid', '--tag is required')
  const { reference, target } = parseArtifactUrl(url, 'artifact name')
  await using open = await openRepository(reference, flags, environment, signal)
  environment.err('► tagging artifact\n')
  for (const tag of tags) {
    await open.repository.tag(target, tag, { signal }).catch(explain('tagging artifact failed', signal))
    environment.err(`✔ artifact tagged as ${nameOf(reference, tag)}\n`)
  }
}
