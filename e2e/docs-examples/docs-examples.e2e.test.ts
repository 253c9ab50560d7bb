// SPDX-License-Identifier: Apache-2.0
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { kustomizationKind } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { checkConditions, eventually } from '@tidelock/testkit'
import { parseAllDocuments } from 'yaml'
import { expectReady, messageOf } from '../harness/objects.ts'
import type { Conditioned } from '../harness/objects.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

interface Example {
  readonly page: string
  readonly name: string
  readonly text: string
}

const docs = join(import.meta.dirname, '../../docs')
// what the pages say it stands for: the address of the served repository
const standIn = 'http://git.example.com/fleet.git'
const ours = /\.toolkit\.fluxcd\.io\//
const bound = { timeoutMs: 60_000 }

const examples = await readExamples()
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let up: Up

beforeAll(async () => {
  directory = await temporaryDirectory()
  up = await startUp(directory.path)
  await eventually(() => expectReady(up.client, kustomizationKind, 6), bound)
})
afterAll(async () => {
  await up.stop()
  await directory.remove()
})

/** The YAML blocks of the pages that begin with `# example: <name>`, in their order. */
async function readExamples(): Promise<Example[]> {
  const found: Example[] = []
  for (const page of (await readdir(docs)).filter((name) => name.endsWith('.md')).toSorted()) {
    const text = await readFile(join(docs, page), 'utf8')
    for (const [, name = '', block = ''] of text.matchAll(/^```ya?ml\n# example: (\S+)\n([^]*?)^```$/gm))
      found.push({ page, name, text: block })
  }
  return found
}

describe('the examples of the documentation', () => {
  it('are found on the page of each kind', () => {
    const pages = new Set(examples.map(({ page }) => page))
    expect([...pages]).toEqual(expect.arrayContaining(['gitrepository.md', 'kustomization.md']))
    expect(new Set(examples.map(({ name }) => name)).size).toBe(examples.length)
  })

  it.each(examples.map((example) => [`${example.page}: ${example.name}`, example] as const))(
    '%s becomes ready as it stands',
    async (_title, { text }) => {
      const objects = parseAllDocuments(text.replaceAll(standIn, up.state.gitUrl)).map(
        (each) => each.toJS() as KubeObject,
      )
      for (const object of objects)
        await up.client.apply(object, { fieldManager: 'reader', force: false, fieldValidation: 'Strict' })
      for (const { apiVersion, kind, metadata } of objects.filter((each) => ours.test(each.apiVersion))) {
        await eventually(async () => {
          const live = await up.client.get<Conditioned>({ apiVersion, kind, ...metadata })
          const { generation } = live.metadata
          expect({ observedGeneration: live.status?.observedGeneration, message: messageOf(live) }).toEqual({
            observedGeneration: generation,
            message: expect.stringMatching(/^(stored artifact for revision|Applied revision: )/),
          })
          expect(checkConditions(live as Parameters<typeof checkConditions>[0])).toEqual([])
        }, bound)
      }
    },
  )
})
