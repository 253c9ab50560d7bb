// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { formatOfContent, formatOfPath, hasMarker } from './format.ts'
import type { SopsFormat } from './format.ts'

describe('formatOfPath', () => {
  it.each<[string, SopsFormat]>([
    ['a/b.yaml', 'yaml'],
    ['b.yml', 'yaml'],
    ['b.json', 'json'],
    ['.env', 'dotenv'],
    ['prod.env', 'dotenv'],
    ['b.ini', 'ini'],
    ['.dockerconfigjson', 'json'],
    ['b.txt', 'binary'],
    ['b.YAML', 'binary'],
    ['token', 'binary'],
  ])('%s is %s', (path, format) => {
    expect(formatOfPath(path)).toBe(format)
  })
})

describe('formatOfContent', () => {
  it.each<[string, SopsFormat | undefined]>([
    ['sops:\n    mac: ENC[AES256_GCM,', 'yaml'],
    ['"mac": "ENC[AES256_GCM,', 'json'],
    ['sops_mac=ENC[AES256_GCM,', 'dotenv'],
    ['[sops]\nmac = ENC[', 'ini'],
    ['"mac":"ENC[AES256_GCM,', undefined],
    ['plain', undefined],
  ])('knows %j by its marker', (text, format) => {
    expect(formatOfContent(Buffer.from(text))).toBe(format)
  })
  it('knows an encrypted binary file by the marker of JSON', () => {
    expect(hasMarker(Buffer.from('{"data": "ENC[", "sops": {"mac": "ENC[x"}}'), 'binary')).toBe(true)
    expect(hasMarker(Buffer.from('mac: ENC['), 'binary')).toBe(false)
  })
})
