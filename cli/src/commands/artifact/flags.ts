// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { Option } from 'commander'
import type { Command } from 'commander'
import { defaultIgnorePaths } from '../../artifacts/content.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import type { ClusterFlags } from '../cluster-flags.ts'
import { addWithCommas } from '../flag-values.ts'

/** Adds the flags about a registry. */
export function addRegistryFlags(command: Command): Command {
  return command
    .option('--creds <credentials>', '<username>:<password>, or a token; default: what `docker login` left')
    .addOption(
      new Option('--provider <name>', 'cloud whose credentials are used')
        .choices(['generic', 'aws', 'azure', 'gcp'])
        .default('generic'),
    )
    .option('--insecure-registry', 'plain HTTP, and any certificate, will do')
}

/** Adds the flags about what is archived. */
export function addContentFlags(command: Command, path: string): Command {
  return command
    .option(path, 'directory or file; - for standard input')
    .option(
      '--ignore-paths <patterns>',
      'what to leave out, as in .gitignore, with commas between',
      replaceDefaults,
      defaultIgnorePaths,
    )
    .option('--add-ignore-paths <patterns>', 'what to leave out beside that', addWithCommas)
}

function replaceDefaults(value: string, before: readonly string[]): readonly string[] {
  return addWithCommas(value, before === defaultIgnorePaths ? [] : before)
}

/** Runs `work` until `--timeout`. Throws TimedOut when it passes. */
export async function withTimeout<T>(
  command: Command,
  environment: Environment,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { timeout } = command.optsWithGlobals<ClusterFlags>()
  const late = AbortSignal.timeout(parseDuration(timeout))
  try {
    return await work(AbortSignal.any([environment.signal, late]))
  } catch (error) {
    if (late.aborted && !environment.signal.aborted)
      throw new CliError('TimedOut', `not done within ${timeout} (--timeout)`)
    throw error
  }
}

/** What to do with an error of a registry: it is thrown again with what failed in front; the reason to stop as it is. */
export function explain(what: string, signal: AbortSignal): (cause: unknown) => never {
  return (cause) => {
    signal.throwIfAborted()
    throw new CliError('RegistryFailed', `${what}: ${errorMessage(cause)}`, { cause })
  }
}
