// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLayout, type Layout } from './layout.ts'
import { ensureNatsAccounts, natsConfig, natsSeedFile } from './nats.ts'

let layout: Layout

beforeEach(async () => {
  layout = createLayout(await mkdtemp(join(tmpdir(), 'tidelock-nats-')))
})

afterEach(() => rm(layout.dataDir, { recursive: true, force: true }))

const READER = { name: 'reader', publish: [], subscribe: ['events.>'] }

describe('ensureNatsAccounts', () => {
  it('gives everybody a seed of their own that stays, for its owner only', async () => {
    const first = await ensureNatsAccounts(layout, [READER])
    expect(first.map(({ name }) => name)).toEqual(['admin', 'reader'])
    expect(new Set(first.map(({ publicKey }) => publicKey)).size).toBe(2)
    for (const { name, publicKey } of first) {
      expect(publicKey).toMatch(/^U[A-Z2-7]{55}$/)
      expect((await stat(natsSeedFile(layout, name))).mode & 0o777).toBe(0o600)
      expect(await readFile(natsSeedFile(layout, name), 'utf8')).toMatch(/^SU[A-Z2-7]{56}\n$/)
    }
    expect(await ensureNatsAccounts(layout, [READER])).toEqual(first)
  })

  it.each(['admin', '', '../x', 'A', 'a b'])('refuses the name %j', async (name) => {
    await expect(ensureNatsAccounts(layout, [{ ...READER, name }])).rejects.toMatchObject({ code: 'StateInvalid' })
  })

  it('names a broken seed file without showing it', async () => {
    await ensureNatsAccounts(layout, [])
    await writeFile(natsSeedFile(layout, 'admin'), 'SUSECRET')
    const failed = ensureNatsAccounts(layout, [])
    await expect(failed).rejects.toMatchObject({ code: 'StateInvalid', message: expect.stringContaining('admin.nk') })
    await expect(failed).rejects.not.toThrow('SUSECRET')
  })
})

describe('natsConfig', () => {
  it('allows each user its subjects and no more', async () => {
    const accounts = await ensureNatsAccounts(layout, [READER])
    const config = JSON.parse(natsConfig(layout, 4222, accounts)) as Record<string, unknown>
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4222,
      accounts: {
        TIDELOCK: {
          users: [
            { nkey: accounts[0]?.publicKey, permissions: { publish: { allow: ['>'] }, subscribe: { allow: ['>'] } } },
            {
              nkey: accounts[1]?.publicKey,
              permissions: { publish: { deny: ['>'] }, subscribe: { allow: ['events.>'] } },
            },
          ],
        },
      },
    })
  })
})
