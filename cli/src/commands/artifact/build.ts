// SPDX-License-Identifier: Apache-2.0
import { copyFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { buildArchive } from '../../artifacts/content.ts'
import type { ContentFlags } from '../../artifacts/content.ts'
import type { Environment } from '../../environment.ts'
import { addContentFlags, withTimeout } from './flags.ts'

interface BuildFlags extends ContentFlags {
  readonly output: string
}

const examples = `
Examples:
  tidelock build artifact --path ./deploy --output shop.tgz`

/** `tidelock build artifact`: what `push artifact` would push, as a file. */
export function addBuildArtifactCommand(build: Command, environment: Environment): void {
  addContentFlags(build.command('artifact'), '-p, --path <path>')
    .description('archive a directory or file')
    .option('-o, --output <file>', 'where to write it', 'artifact.tgz')
    .option('--resolve-symlinks', 'archive what symbolic links point to')
    .addHelpText('after', examples)
    .action((flags: BuildFlags, self: Command) =>
      withTimeout(self, environment, async (signal) => {
        environment.err(`► building artifact from ${flags.path ?? ''}\n`)
        await using archive = await buildArchive(flags, environment, signal)
        await copyFile(archive.file, resolve(environment.cwd, flags.output))
        environment.err(`✔ artifact created at ${flags.output}\n`)
      }),
    )
}
