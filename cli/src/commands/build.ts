// SPDX-License-Identifier: Apache-2.0
import { formatKey, toKey } from '@tidelock/api'
import type { KubeObject, Kustomization } from '@tidelock/api'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { isKustomization } from '../rendering/kustomization-file.ts'
import { asInCluster, directoryOf, readKustomization, renderKustomization } from '../rendering/session.ts'
import type { RenderingSession } from '../rendering/session.ts'
import { addBuildArtifactCommand } from './artifact/build.ts'
import { addRenderingFlags, toRenderingOptions, withSession } from './rendering-flags.ts'
import type { RenderingFlags } from './rendering-flags.ts'

interface BuildFlags extends RenderingFlags {
  dryRun?: boolean
}

const examples = `
Examples:
  tidelock build kustomization shop --path ./apps/shop
  tidelock build kustomization shop --path ./apps/shop --kustomization-file ./clusters/prod/shop.yaml --dry-run
  tidelock build kustomization fleet --path ./clusters/prod --recursive \\
    --local-sources GitRepository/flux-system/fleet=.`

/** `tidelock build kustomization <name>`: the objects that a local directory renders to, as `flux build kustomization` prints them. */
export function addBuildCommand(program: Command, environment: Environment): void {
  const build = program
    .command('build')
    .description('render a Kustomization, or archive an artifact, from a local directory')
  addBuildArtifactCommand(build, environment)
  addRenderingFlags(build.command('kustomization').alias('ks'))
    .description(
      'print what the controller would apply if the directory were its source; values that SOPS encrypted are masked',
    )
    .option('--dry-run', 'ask no cluster: needs --kustomization-file; variables of ConfigMaps and Secrets stay empty')
    .addHelpText('after', examples)
    .action(async (name: string, flags: BuildFlags, command: Command) => {
      const options = toRenderingOptions(name, flags, command, environment)
      const online = flags.dryRun !== true
      if (!online && options.kustomizationFile === undefined)
        throw new CliError('UsageInvalid', 'dry-run mode requires a kustomization file: add --kustomization-file')
      const request = { options, online }
      const text = await withSession(command, environment, request, async (session) => {
        const groups = await renderAll(session, await readKustomization(session), options.path, new Set())
        const texts = await Promise.all(groups.map((objects) => toYaml(session, objects)))
        return texts.join('')
      })
      environment.out(text)
    })
}

/** The objects of a Kustomization, then, with `--recursive`, those of each one that it renders. */
async function renderAll(
  session: RenderingSession,
  obj: Kustomization,
  directory: string,
  above: ReadonlySet<string>,
): Promise<readonly (readonly KubeObject[])[]> {
  const objects = await renderKustomization(session, obj, directory)
  if (!session.options.recursive) return [objects]
  const chain = new Set([...above, formatKey(toKey(obj))])
  const groups = [objects]
  for (const each of objects) {
    if (!isKustomization(each) || chain.has(formatKey(toKey(each)))) continue
    groups.push(...(await renderAll(session, await asInCluster(session, each), directoryOf(session, each), chain)))
  }
  return groups
}

/** In the engine, which prints as Go does: the text is that of `flux build`, byte for byte. */
async function toYaml({ engine, signal }: RenderingSession, objects: readonly KubeObject[]): Promise<string> {
  const { objects: finished } = await engine.finish(
    objects.map((object) => ({ substituted: JSON.stringify(object) })),
    signal,
  )
  return finished.map(({ yaml }) => `${yaml}---\n`).join('')
}
