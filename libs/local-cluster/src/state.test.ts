// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readState, writeState } from './state.ts'

let dir: string
let path: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidelock-state-'))
  path = join(dir, 'cluster.json')
})

afterEach(() => rm(dir, { recursive: true, force: true }))

describe('cluster state', () => {
  it('comes back as written, and a new cluster has none', async () => {
    expect(await readState(path)).toBeUndefined()
    await writeState(path, { apiServerPort: 40_000, natsPort: 40_001 })
    expect(await readState(path)).toEqual({ apiServerPort: 40_000, natsPort: 40_001 })
  })

  it.each([
    '',
    'null',
    '{}',
    '{"version":2,"apiServerPort":1,"natsPort":2}',
    '{"version":1,"apiServerPort":0,"natsPort":2}',
    '{"version":1,"apiServerPort":1,"natsPort":"2"}',
  ])('refuses %j and says what to do', async (content) => {
    await writeFile(path, content)
    await expect(readState(path)).rejects.toMatchObject({
      code: 'StateInvalid',
      message: expect.stringContaining(`${path} is not the state of a local cluster: choose another data folder`),
    })
  })
})
