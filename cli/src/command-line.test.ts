// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { CommandLine } from './command-line.ts'
import { booleanFlag } from './commands/flag-values.ts'

/** What a command of one level down is given; the top has a flag too. */
async function parse(line: string): Promise<unknown> {
  let err = ''
  const program = new CommandLine('x').exitOverride().configureOutput({ writeErr: (text) => void (err += text) })
  program.option('--insecure')
  const sub = program
    .command('get [name]')
    .option('-A, --all')
    .option('--wait [boolean]', 'w', booleanFlag)
    .option('--label <l>')
  let given: unknown
  sub.action((name: string | undefined) => void (given = { name, ...sub.optsWithGlobals() }))
  await program
    .parseAsync(line.split(' '), { from: 'user' })
    .catch((cause: Error) => (given = err.trim() || cause.message))
  return given
}

it.each([
  ['get a --all=true --insecure=true', { name: 'a', all: true, insecure: true }],
  ['--insecure=1 get a -A=T', { name: 'a', all: true, insecure: true }],
  ['get a -A --insecure=false', { name: 'a', all: true }],
  ['get a --all --all=false -A=false', { name: 'a' }],
  ['get a --all=false --all', { name: 'a', all: true }],
  ['get --wait a', { name: 'a', wait: true }],
  ['get --wait=F a', { name: 'a', wait: false }],
  ['get a --label=x=true', { name: 'a', label: 'x=true' }],
  ['get -- --all=true', { name: '--all=true' }],
])('%s', async (line, given) => {
  expect(await parse(line)).toEqual(given)
})

it.each([
  ['get --all=yes', "option '-A, --all' argument 'yes' is invalid. Write =true or =false, or the flag alone."],
  ['get --wait=', "option '--wait [boolean]' argument '' is invalid. Write =true or =false, or the flag alone."],
  ['get --all=', "option '-A, --all' argument '' is invalid. Write =true or =false, or the flag alone."],
  ['get --other=true', "unknown option '--other=true'"],
])('%s is refused', async (line, message) => {
  expect(await parse(line)).toContain(message)
})
