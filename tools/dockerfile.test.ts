// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from '@jest/globals'
import { leanNode } from '../cli/src/up/lean-node.ts'

it('the image starts a controller with the flags that the Deployment cannot give to Node', () => {
  const dockerfile = readFileSync(resolve(import.meta.dirname, '../deploy/Dockerfile'), 'utf8')
  const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? []
  expect(JSON.parse(entrypoint)).toEqual(['/usr/local/bin/node', ...leanNode.flags, '/app/main.js'])
})
