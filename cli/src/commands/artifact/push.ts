// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import type { RepositoryClient } from '@tidelock/oci'
import { Option } from 'commander'
import type { Command } from 'commander'
import { nameOf, parseArtifactUrl } from '../../artifacts/artifact-url.ts'
import { buildArchive } from '../../artifacts/content.ts'
import type { ContentFlags } from '../../artifacts/content.ts'
import { annotationKeys, artifactConfig, artifactManifest } from '../../artifacts/manifest.ts'
import type { ArtifactManifest } from '../../artifacts/manifest.ts'
import { openRepository } from '../../artifacts/open-repository.ts'
import type { RegistryFlags } from '../../artifacts/open-repository.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { toGoJson } from '../../output/go-json.ts'
import { toGoYaml } from '../../output/go-yaml/write.ts'
import { addToList } from '../flag-values.ts'
import { addContentFlags, addRegistryFlags, explain, withTimeout } from './flags.ts'

interface PushFlags extends ContentFlags, RegistryFlags {
  readonly source?: string
  readonly revision?: string
  readonly annotations?: readonly string[]
  readonly output?: 'json' | 'yaml'
  readonly reproducible?: boolean
}

const examples = `
Examples:
  tidelock push artifact oci://ghcr.io/example/shop:1.4.0 --path ./deploy \\
    --source https://example.com/shop --revision "main@sha1:$(git rev-parse HEAD)"
  kustomize build . | tidelock push artifact oci://ghcr.io/example/shop:dev -f - --source local --revision dev`

/** `tidelock push artifact`. */
export function addPushCommand(program: Command, environment: Environment): void {
  const push = program.command('push').description('push artifacts to a registry')
  const command = addContentFlags(
    push.command('artifact').argument('[url]', 'oci://host/path:tag'),
    '-f, --path <path>',
  )
  addRegistryFlags(command)
    .description('archive a directory or file and push it to a registry')
    .option('--source <address>', 'where it comes from: address of the Git repository')
    .option('--revision <revision>', 'its revision: main@sha1:<commit>')
    .option('-a, --annotations <key=value>', 'a further annotation; repeatable', addToList)
    .addOption(new Option('-o, --output <format>', 'print what was pushed').choices(['json', 'yaml']))
    .option('--reproducible', 'the same digest for the same content: created in 1970')
    .option('--resolve-symlinks', 'archive what symbolic links point to')
    .option('--debug', "for flux's sake: what fails is told in full anyway")
    .addHelpText('after', examples)
    .action((url: string | undefined, flags: PushFlags, self: Command) =>
      withTimeout(self, environment, (signal) => pushArtifact(url, flags, environment, signal)),
    )
}

async function pushArtifact(
  url: string | undefined,
  flags: PushFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const { out, err } = environment
  if (url === undefined) throw new CliError('UsageInvalid', 'artifact URL is required')
  if (!flags.source) throw new CliError('UsageInvalid', '--source is required')
  if (!flags.revision) throw new CliError('UsageInvalid', '--revision is required')
  const { reference, target, text } = parseArtifactUrl(url, 'artifact URL')
  if (reference.digest !== undefined)
    throw new CliError('UsageInvalid', `'${url}' names a digest: name a tag, the digest comes of the content`)
  const annotations = toAnnotations(flags)
  await using archive = await buildArchive(flags, environment, signal)
  await using open = await openRepository(reference, flags, environment, signal)
  if (flags.output === undefined) err(`► pushing artifact to ${text}\n`)
  const manifest = artifactManifest(archive, annotations)
  const { repository } = open
  const digest = await pushAll(repository, manifest, archive.file, target, signal).catch(
    explain('pushing artifact failed', signal),
  )
  const name = nameOf(reference, digest)
  const info = { url: `oci://${name}`, repository: `${reference.registry}/${reference.path}`, tag: target, digest }
  if (flags.output === undefined) err(`✔ artifact successfully pushed to ${name}\n`)
  else out(flags.output === 'json' ? `${toGoJson(info, 2)}\n` : toGoYaml(info))
}

async function pushAll(
  repository: RepositoryClient,
  { layer, config, bytes, mediaType }: ArtifactManifest,
  file: string,
  reference: string,
  signal: AbortSignal,
): Promise<string> {
  await repository.pushBlob(layer, () => createReadStream(file), { signal })
  await repository.pushBlob(config, artifactConfig, { signal })
  return (await repository.pushManifest({ bytes, mediaType, reference }, { signal })).digest
}

function toAnnotations({
  source = '',
  revision = '',
  annotations = [],
  reproducible,
}: PushFlags): Record<string, string> {
  const created = reproducible === true ? new Date(0) : new Date()
  const own = {
    [annotationKeys.created]: created.toISOString().replace(/\.\d+Z$/, 'Z'),
    [annotationKeys.source]: source,
    [annotationKeys.revision]: revision,
  }
  const given = annotations.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at <= 0)
      throw new CliError('UsageInvalid', `--annotations: invalid annotation ${text}, must be in the format key=value`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
  return { ...own, ...Object.fromEntries(given) }
}
