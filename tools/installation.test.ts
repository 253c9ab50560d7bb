// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const root = resolve(import.meta.dirname, '..')
const page = readFileSync(resolve(root, 'docs/installation.md'), 'utf8')
const controllers = readdirSync(resolve(root, 'deploy'))
  .filter((name) => name.endsWith('-controller'))
  .map((name) => name.replace(/-controller$/, ''))

describe('docs/installation.md', () => {
  it('builds an image of every controller', () => {
    const [, built = ''] = /^for controller in (.*); do$/m.exec(page) ?? []
    expect(built.split(' ').toSorted()).toEqual(controllers.toSorted())
  })

  it.each(controllers)('replaces the image of the %s controller, and waits for it', (name) => {
    const own = `registry.example.com/tidelock/${name}-controller`
    expect(page).toContain(`  - name: ghcr.io/tidelock/${name}-controller\n    newName: ${own}\n`)
    expect(/rollout status (.*)/.exec(page)?.[1]).toContain(`deployment/${name}-controller`)
  })
})
