// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { BusConnection } from '@tidelock/bus'
import type { Command } from 'commander'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { dataPaths, defaultDataDir } from '../../up/paths.ts'
import { readState } from '../../up/state-file.ts'

/** Where the bus is, and as whom. */
export interface BusFlags {
  readonly natsUrl?: string
  readonly natsSeedFile?: string
  readonly natsCaFile?: string
}

/** The bus for the length of one command. */
export interface OpenBus extends AsyncDisposable {
  readonly connection: BusConnection
}

/** Adds those flags. */
export function addBusFlags(command: Command): void {
  command
    .option('--nats-url <url>', 'address of the bus; default: NATS_URL, the bus of a running `tidelock up`')
    .option('--nats-seed-file <file>', 'nkey seed of a user who may read the stream')
    .option('--nats-ca-file <file>', 'certificates that sign the one of the bus')
}

/** Connects when it is first used. Throws NoBus where no bus is named. */
export async function openBus(flags: BusFlags, { env, home, cwd, err }: Environment): Promise<OpenBus> {
  const { natsCaFile } = flags
  const named = flags.natsUrl ?? env['NATS_URL']
  const local = named === undefined ? await readState(dataPaths(defaultDataDir(env, home))) : undefined
  const url = named ?? local?.natsUrl
  if (url === undefined || url === '')
    throw new CliError(
      'NoBus',
      "no bus is named: give --nats-url, set NATS_URL, or start one with 'tidelock up' (for another data directory than the default: natsUrl and natsSeedFile of its up.json)",
    )
  const seed = flags.natsSeedFile ?? local?.natsSeedFile
  const say = (_fields: object, message: string): void => err(`◎ ${message}\n`)
  const connection = new BusConnection({
    timeoutMs: 30_000,
    ...{ url, name: 'tidelock-cli', random: Math.random },
    ...(seed === undefined || seed === '' ? {} : { seedFile: resolve(cwd, seed) }),
    ...(natsCaFile === undefined ? {} : { tls: { caFile: resolve(cwd, natsCaFile) } }),
    log: { debug: () => undefined, info: () => undefined, error: say },
  })
  return { connection, [Symbol.asyncDispose]: () => connection.close() }
}
