// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { selectContent } from './content.ts'
import type { Content } from './content.ts'

const { signal } = new AbortController()

/** Files that share one content, as in Git. */
function contentOf(paths: readonly string[], text: string): Content {
  const content = (): Promise<Uint8Array> => Promise.resolve(Buffer.from(text))
  return {
    entries: async function* () {
      for (const path of paths) yield { path, mode: 0o100644, size: text.length, content }
    },
  }
}

describe('selectContent', () => {
  it('refuses more .sourceignore files than fit into memory', async () => {
    const paths = Array.from({ length: 5 }, (_, at) => `d${at}/.sourceignore`)
    await expect(selectContent(contentOf(paths, ' '.repeat(1024 * 1024)), undefined, signal)).rejects.toMatchObject({
      code: 'SourceIgnoreError',
      message:
        'failed to load source ignore patterns from repository: the files .sourceignore have together 5242880 bytes, the limit is 4194304',
    })
  })

  it('refuses more patterns than all can wait for', async () => {
    const specIgnore = Array.from({ length: 10_001 }, (_, at) => `/f${at}`).join('\n')
    await expect(selectContent(contentOf(['a'], ''), specIgnore, signal)).rejects.toMatchObject({
      code: 'SourceIgnoreError',
      message: expect.stringMatching(/: there are 100\d\d patterns, the limit is 10000$/),
    })
  })

  it('lets others have their turn while it compares', async () => {
    const specIgnore = Array.from({ length: 5000 }, (_, at) => `/f${at}`).join('\n')
    const paths = Array.from({ length: 50 }, (_, at) => `g${10 + at}`)
    let hadTurn = false
    setImmediate(() => {
      hadTurn = true
    })
    const entries = await Array.fromAsync(await selectContent(contentOf(paths, ''), specIgnore, signal))
    expect([entries.length, hadTurn]).toEqual([50, true])
  })
})
