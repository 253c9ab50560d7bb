// SPDX-License-Identifier: Apache-2.0
// Whatever is in a bundle must find what it needs beside it: a package that looks for a file of its own has to stay outside.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
let out: string

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'tidelock-bundle-'))
  // those that stay outside
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'))
  await run(process.execPath, ['--conditions=source', join(root, 'tools/bundle.mjs'), '--out', out])
})

afterAll(() => rm(out, { recursive: true, force: true }))

describe.each(['source', 'kustomize', 'notification'])('the bundle of the %s controller', (controller) => {
  it('starts', async () => {
    const { stdout } = await run(process.execPath, [join(out, controller, 'bundle/main.js'), '--help'])
    expect(stdout).toContain(`Usage: ${controller}-controller [options]`)
  })

  it('has parts that load by themselves', async () => {
    const directory = join(out, controller, 'bundle')
    const parts = (await readdir(directory)).filter((name) => name.endsWith('.js'))
    const later = parts.filter((name) => name !== 'main.js' && name !== 'worker.js')
    expect(later).not.toEqual([])
    const script = later.map((name) => `await import(${JSON.stringify(join(directory, name))})`).join('\n')
    await expect(run(process.execPath, ['--input-type=module', '--eval', script])).resolves.toMatchObject({
      stderr: '',
    })
  })
})

it.each(['source', 'kustomize', 'notification'])(
  'the %s controller is text of which V8 keeps a byte a character',
  async (name) => {
    const directory = join(out, name, 'bundle')
    const parts = (await readdir(directory)).filter((part) => part.endsWith('.js'))
    const texts = await Promise.all(parts.map((part) => readFile(join(directory, part), 'utf8')))
    const beyond = parts.filter((_, index) => /[\u0080-\u{10ffff}]/u.test(texts[index] ?? ''))
    expect(beyond).toEqual([])
  },
)

it('has the engine and its thread beside the kustomize controller', async () => {
  expect(await readdir(join(out, 'kustomize/bundle'))).toEqual(expect.arrayContaining(['kustomize.wasm', 'worker.js']))
})
