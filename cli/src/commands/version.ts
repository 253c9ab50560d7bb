// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { connect } from '../connect.ts'
import { print } from '../output/print.ts'

/** `tidelock version`: of this command and, unless `--client`, of the cluster. */
export function addVersionCommand(program: Command, environment: Environment): void {
  program
    .command('version')
    .description('print the version of this command and of the cluster')
    .option('--client', 'do not ask the cluster')
    .option('-o, --output <format>', 'json or yaml', 'yaml')
    .action(async (flags: { client?: boolean; output: string }, command: Command) => {
      const manifest = new URL('../../package.json', import.meta.url)
      const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
      const versions: Record<string, string> = { tidelock: `v${version}` }
      if (flags.client !== true) {
        await using connection = await connect(command, environment)
        const { body } = await connection.client.raw({ path: '/version', signal: environment.signal })
        versions['kubernetes'] = (JSON.parse(body) as { gitVersion: string }).gitVersion
      }
      print(versions, flags.output, environment)
    })
}
