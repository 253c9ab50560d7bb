// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { RepositoryClient } from '@tidelock/oci'
import { parseRange, parseTag } from '@tidelock/version'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { RE2JS } from 're2js'
import { parseArtifactUrl } from '../../artifacts/artifact-url.ts'
import { annotationKeys } from '../../artifacts/manifest.ts'
import { openRepository } from '../../artifacts/open-repository.ts'
import type { RegistryFlags } from '../../artifacts/open-repository.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { formatFluxTable } from '../../output/flux-table.ts'
import { addRegistryFlags, explain, withTimeout } from './flags.ts'

type TagFilter = (tag: string) => boolean

interface ListFlags extends RegistryFlags {
  readonly filterSemver?: TagFilter
  readonly filterRegex?: TagFilter
}

/** Manifests that are fetched at the same time. */
const atOnce = 8

const examples = `
Examples:
  tidelock list artifacts oci://ghcr.io/example/shop
  tidelock list artifacts oci://ghcr.io/example/shop --filter-semver ">=1.4"`

/** `tidelock list artifacts`. */
export function addListCommand(program: Command, environment: Environment): void {
  const list = program.command('list').description('list artifacts of a registry')
  addRegistryFlags(list.command('artifacts').alias('artifact').argument('[url]', 'oci://host/path'))
    .description('list the tags of a repository, with where they come from')
    .option('--filter-semver <range>', 'tags that are versions in a range', semverFilter)
    .option('--filter-regex <pattern>', 'tags that a regular expression (RE2) matches', regexFilter)
    .addHelpText('after', examples)
    .action((url: string | undefined, flags: ListFlags, self: Command) =>
      withTimeout(self, environment, (signal) => listArtifacts(url, flags, environment, signal)),
    )
}

async function listArtifacts(
  url: string | undefined,
  flags: ListFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  if (url === undefined) throw new CliError('UsageInvalid', 'artifact repository URL is required')
  const { reference, text } = parseArtifactUrl(url, 'artifact repository URL')
  if (reference.tag !== undefined || reference.digest !== undefined)
    throw new CliError('UsageInvalid', `'${url}' names one artifact: leave the tag or digest out`)
  await using open = await openRepository(reference, flags, environment, signal)
  const { repository } = open
  const all = await repository.tags({ signal }).catch(explain('listing tags failed', signal))
  const tags = all.filter((tag) => isWanted(tag, flags)).toSorted((a, b) => (a < b ? 1 : -1))
  const rows: (readonly string[])[] = []
  for (let at = 0; at < tags.length; at += atOnce)
    rows.push(...(await Promise.all(tags.slice(at, at + atOnce).map((tag) => toRow(repository, text, tag, signal)))))
  environment.out(formatFluxTable(['artifact', 'digest', 'source', 'revision'], rows))
}

async function toRow(
  repository: RepositoryClient,
  url: string,
  tag: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const fetched = await repository.manifest(tag, { signal })
  const { annotations = {} } = fetched.kind === 'image' ? fetched.manifest : fetched.index
  const [source = '', revision = ''] = [annotations[annotationKeys.source], annotations[annotationKeys.revision]]
  return [`${url}:${tag}`, fetched.descriptor.digest, source, revision]
}

function isWanted(tag: string, { filterSemver, filterRegex }: ListFlags): boolean {
  // signatures and the like, which cosign keeps as tags
  if (/\.(att|sbom|sig)$/.test(tag)) return false
  return filterSemver?.(tag) !== false && filterRegex?.(tag) !== false
}

function semverFilter(text: string): TagFilter {
  try {
    const range = parseRange(text)
    return (tag) => {
      const version = parseTag(tag)
      return version !== undefined && range.test(version)
    }
  } catch (cause) {
    throw new InvalidArgumentError(`semver '${text}' parse error: ${errorMessage(cause)}.`)
  }
}

function regexFilter(text: string): TagFilter {
  try {
    const pattern = RE2JS.compile(text)
    return (tag) => pattern.matcher(tag).find()
  } catch (cause) {
    throw new InvalidArgumentError(`regex '${text}' parse error: ${errorMessage(cause)}.`)
  }
}
