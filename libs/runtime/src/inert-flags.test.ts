// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { Command } from 'commander'
import { inertFlags } from './inert-flags.ts'

describe('inertFlags', () => {
  it('takes the flags in every form and tells which were given', () => {
    const command = new Command('x').exitOverride()
    const read = inertFlags(command, [
      { name: 'no-remote-bases', boolean: true, instead: 'always on' },
      { name: 'helm-index-max-size', instead: 'no Helm yet' },
      { name: 'sops-age-secret', instead: 'no SOPS yet' },
    ])
    command.parse(['--no-remote-bases', '--helm-index-max-size=1'], { from: 'user' })
    expect(read({}).map(({ name }) => name)).toEqual(['no-remote-bases', 'helm-index-max-size'])
  })
  it('counts a boolean that is false as not given', () => {
    const command = new Command('x').exitOverride()
    const read = inertFlags(command, [{ name: 'no-remote-bases', boolean: true, instead: 'always on' }])
    command.parse(['--no-remote-bases=false'], { from: 'user' })
    expect(read({})).toEqual([])
  })
})
