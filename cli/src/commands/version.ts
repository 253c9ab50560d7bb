// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { connect } from '../connect.ts'
import { print } from '../output/print.ts'

/** The version of this command, such as `0.1.0`. */
export function readVersion(): string {
  const manifest = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** `tidelock version`: of this command and, unless `--client`, of the cluster. */
export function addVersionCommand(program: Command, environment: Environment): void {
  program
    .command('version')
    .description('print the version of this command and of the cluster')
    .option('--client', 'do not ask the cluster')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['json', 'yaml']).default('yaml'))
    .action(async (flags: { client?: boolean; output: 'json' | 'yaml' }, command: Command) => {
      const versions: Record<string, string> = { tidelock: `v${readVersion()}` }
      if (flags.client !== true) {
        await using connection = await connect(command, environment)
        const { body } = await connection.client.raw({ path: '/version', signal: environment.signal })
        versions['kubernetes'] = (JSON.parse(body) as { gitVersion: string }).gitVersion
      }
      print(versions, flags.output, environment)
    })
}
