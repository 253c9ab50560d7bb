// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { CommanderError } from 'commander'
import colorSet from 'picocolors'
import { diffKustomization, isChange } from '../diffing/diff-kustomization.ts'
import type { KustomizationDiff } from '../diffing/diff-kustomization.ts'
import { printDiff } from '../diffing/print-diff.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { createScreen } from '../output/screen.ts'
import { readKustomization } from '../rendering/session.ts'
import type { RenderingSession } from '../rendering/session.ts'
import { errorMessage } from '@tidelock/errors'
import { addDiffArtifactCommand } from './artifact/diff.ts'
import { booleanFlag } from './flag-values.ts'
import { addRenderingFlags, toRenderingOptions, withSession } from './rendering-flags.ts'
import type { RenderingFlags } from './rendering-flags.ts'

interface DiffFlags extends RenderingFlags {
  progressBar: boolean
  ignoreNotFound?: boolean
}

/** Where results go to no terminal, blocks stand beside each other within this width. */
const defaultColumns = 80

const examples = `
Exit code: 0 nothing would change, 1 something would, 2 it could not be told.

Examples:
  tidelock diff kustomization shop --path ./apps/shop
  tidelock diff kustomization shop --path ./apps/shop --kustomization-file ./clusters/prod/shop.yaml
  tidelock diff kustomization fleet --path ./clusters/prod --recursive \\
    --local-sources GitRepository/flux-system/fleet=.`

/** `tidelock diff kustomization <name>`: what applying a local directory would change in the cluster, as `flux diff kustomization` prints it. */
export function addDiffCommand(program: Command, environment: Environment): void {
  const diff = program
    .command('diff')
    .description('compare what is in a local directory with the cluster or a registry')
    // 1 says that something would change
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? 0 : 2, error.code, error.message)
    })
  addDiffArtifactCommand(diff, environment)
  addRenderingFlags(diff.command('kustomization').alias('ks'))
    .description('print what would change if the directory were its source, found by dry runs on the API server')
    .option('--progress-bar [boolean]', 'show on a terminal how far it is', booleanFlag, true)
    .option(
      '--ignore-not-found',
      'compare also when the cluster does not have the Kustomization of --kustomization-file',
    )
    .addHelpText('after', examples)
    .action(async (name: string, flags: DiffFlags, command: Command) => {
      const found = await run(name, flags, command, environment).catch((cause: unknown) => {
        if (environment.signal.aborted) throw cause
        throw failed(errorMessage(cause))
      })
      const colors = colorSet.createColors(environment.results.colors)
      environment.out(printDiff(found.lines, { colors, columns: environment.results.columns ?? defaultColumns }))
      if (found.errors.length > 0) throw failed(found.errors.map((error) => errorMessage(error)).join('\n'))
      if (found.lines.some(isChange))
        throw new CliError('Changed', 'identified at least one change, exiting with non-zero exit code')
    })
}

function failed(message: string): CliError {
  return new CliError('DiffFailed', message, { details: { exitCode: 2 } })
}

async function run(
  name: string,
  flags: DiffFlags,
  command: Command,
  environment: Environment,
): Promise<KustomizationDiff> {
  const options = toRenderingOptions(name, flags, command, environment)
  if (options.ignoreNotFound && options.kustomizationFile === undefined)
    throw new CliError('UsageInvalid', '--ignore-not-found: describe the Kustomization with --kustomization-file')
  using wait = flags.progressBar ? createScreen(environment).wait('Kustomization diffing...') : undefined
  return await withSession(command, environment, { options, online: true }, (session) =>
    compareWithCluster(session, (text) => wait?.update(text)),
  )
}

async function compareWithCluster(
  session: RenderingSession,
  onProgress: (text: string) => void,
): Promise<KustomizationDiff> {
  const { client, options } = session
  if (client === undefined) throw new CliError('NoCluster', 'a comparison needs a cluster')
  return await diffKustomization({ ...session, client, onProgress }, await readKustomization(session), options.path)
}
