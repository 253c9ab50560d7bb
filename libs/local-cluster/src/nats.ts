// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createUser, fromSeed } from '@nats-io/nkeys'
import { LocalClusterError } from './errors.ts'
import { replaceFile } from './files.ts'
import type { Layout } from './layout.ts'
import type { NatsUser } from './types.ts'

/** The user that may do everything on the bus. */
export const NATS_ADMIN = 'admin'

const GIB = 1024 ** 3
const USER_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/

/** A user with the public half of its nkey. */
export interface NatsAccount extends NatsUser {
  readonly publicKey: string
}

/** The file with a user's seed. */
export function natsSeedFile(layout: Layout, user: string): string {
  return join(layout.natsSeedDir, `${user}.nk`)
}

/** Gives each user, and always the administrator, a random nkey; who has one keeps it. Throws `StateInvalid` for a bad name. */
export async function ensureNatsAccounts(layout: Layout, users: readonly NatsUser[]): Promise<NatsAccount[]> {
  await mkdir(layout.natsSeedDir, { recursive: true, mode: 0o700 })
  const all = [{ name: NATS_ADMIN, publish: ['>'], subscribe: ['>'] }, ...users]
  const seen = new Set<string>()
  const accounts: NatsAccount[] = []
  for (const user of all) {
    if (!USER_NAME.test(user.name) || seen.has(user.name)) {
      throw new LocalClusterError(
        'StateInvalid',
        `natsUsers: name ${JSON.stringify(user.name)} must be unique, not ${NATS_ADMIN}, and of lower-case letters, digits and dashes`,
      )
    }
    seen.add(user.name)
    accounts.push({ ...user, publicKey: await ensureSeed(natsSeedFile(layout, user.name)) })
  }
  return accounts
}

/** Renders the server's configuration; NATS reads JSON as a subset of its own format. */
export function natsConfig(layout: Layout, port: number, accounts: readonly NatsAccount[]): string {
  return JSON.stringify(
    {
      server_name: 'tidelock-local',
      host: '127.0.0.1',
      port,
      // by default it hangs up on a client that takes two seconds to say who it is, as one does on a busy machine
      authorization: { timeout: 30 },
      jetstream: { store_dir: layout.natsStoreDir, max_memory_store: GIB, max_file_store: 16 * GIB },
      accounts: {
        TIDELOCK: {
          jetstream: 'enabled',
          users: accounts.map((account) => ({
            nkey: account.publicKey,
            permissions: { publish: allow(account.publish), subscribe: allow(account.subscribe) },
          })),
        },
      },
    },
    null,
    2,
  )
}

// An empty list of allowed subjects means "all" to the server.
function allow(subjects: readonly string[]): object {
  return subjects.length === 0 ? { deny: ['>'] } : { allow: subjects }
}

async function ensureSeed(path: string): Promise<string> {
  try {
    return fromSeed(new TextEncoder().encode((await readFile(path, 'utf8')).trim())).getPublicKey()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new LocalClusterError('StateInvalid', `${path} holds no nkey seed: delete it to get a new one`, {
        cause: error,
      })
    }
  }
  const pair = createUser()
  await replaceFile(path, `${new TextDecoder().decode(pair.getSeed())}\n`, 0o600)
  return pair.getPublicKey()
}
