// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { formatKubeconfig, writeKubeconfig } from './kubeconfig.ts'

const SERVER = 'https://127.0.0.1:1'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('formatKubeconfig', () => {
  it('holds a certificate inline', () => {
    const content = formatKubeconfig({ server: SERVER, ca: 'CA', user: { cert: 'CERT', key: 'KEY' } })
    expect(parse(content)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'tidelock-local', cluster: { server: SERVER, 'certificate-authority-data': base64('CA') } }],
      users: [
        {
          name: 'tidelock-local',
          user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
        },
      ],
      contexts: [{ name: 'tidelock-local', context: { cluster: 'tidelock-local', user: 'tidelock-local' } }],
      'current-context': 'tidelock-local',
    })
  })

  it('holds a token and a namespace', () => {
    const content = formatKubeconfig({ server: SERVER, ca: 'CA', user: { token: 'T' }, namespace: 'apps' })
    expect(parse(content)).toMatchObject({
      users: [{ user: { token: 'T' } }],
      contexts: [{ context: { namespace: 'apps' } }],
    })
  })
})

describe('writeKubeconfig', () => {
  it('is for its owner only, and replaces an older one whole', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tidelock-kubeconfig-'))
    try {
      const path = join(dir, 'kubeconfig')
      for (const token of ['first', 'second']) {
        await writeKubeconfig(path, { server: SERVER, ca: 'CA', user: { token } })
        expect(await readFile(path, 'utf8')).toContain(`token: ${token}`)
        expect((await stat(path)).mode & 0o777).toBe(0o600)
      }
      expect(await readdir(dir)).toEqual(['kubeconfig'])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
