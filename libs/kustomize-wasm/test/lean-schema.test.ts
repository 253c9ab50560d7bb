// SPDX-License-Identifier: Apache-2.0
// The engine is given less than Kubernetes' whole OpenAPI document: nothing that Kustomize reads from it may be missing.
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { leanSchema } from '../src/lean-schema.ts'

const goDir = fileURLToPath(new URL('../go/', import.meta.url))
let scratch = ''
let whole: Uint8Array

function go(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('go', args, { cwd: goDir, encoding: 'utf8' })
  if (status !== 0) throw new Error(`go ${args[0]}: ${stderr}`)
  return stdout
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lean-schema-'))
  go('build', '-o', join(scratch, 'released'), './reference')
  const { Dir: module } = JSON.parse(go('mod', 'download', '-json', 'sigs.k8s.io/kustomize/kyaml')) as { Dir: string }
  whole = await readFile(join(module, 'openapi/kubernetesapi/v1_21_2/swagger.pb'))
}, 600_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

function difference(document: Uint8Array): string {
  const { status, stdout, stderr } = spawnSync(join(scratch, 'released'), ['schema'], {
    input: document,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

it('says the same of every kind, in a tenth of the bytes', () => {
  const lean = leanSchema(whole)
  expect(difference(lean)).toBe('')
  expect(lean.length).toBeLessThan(whole.length / 10)
})

it('would be noticed to differ', () => {
  const lean = Buffer.from(leanSchema(whole))
  const renamed = (from: string): Buffer => {
    const changed = Buffer.from(lean)
    const at = changed.indexOf(from)
    expect(at).toBeGreaterThan(0)
    changed.write('x', at + from.length - 1)
    return changed
  }
  expect(difference(renamed('/apis/apps/v1/deployments'))).toBe('the kinds of paths differ')
  expect(difference(renamed('io.k8s.api.apps.v1.Deployment'))).toBe('the definitions differ')
})

it('is not made of a document that is cut off', () => {
  expect(() => leanSchema(whole.subarray(0, whole.length - 1))).toThrow(RangeError)
})
