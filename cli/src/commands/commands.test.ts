// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { CommanderError } from 'commander'
import { createProgram } from '../program.ts'

let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidelock-cli-'))
})
afterAll(() => rm(home, { recursive: true }))

/** Runs a command line that is refused before it touches anything; resolves with what a person sees. */
async function run(...args: string[]): Promise<{ out: string; err: string; exitCode: number }> {
  let out = ''
  let err = ''
  const program = createProgram({
    ...{ env: {}, home, cwd: home, self: 'tidelock', terminal: undefined, colors: false },
    results: { colors: false, columns: undefined },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  try {
    await program.parseAsync(['node', 'tidelock', ...args])
    return { out, err, exitCode: 0 }
  } catch (error) {
    if (error instanceof CommanderError) return { out, err, exitCode: error.exitCode }
    return { out, err: `${err}${errorMessage(error)}`, exitCode: 1 }
  }
}

describe('bad usage', () => {
  it.each([
    ['up --controllers source,helm', "'source,helm' is invalid. 'helm' is unknown; known: source, kustomize, or none."],
    ['up --repository /dev/null', "'--repository <dir>' argument '/dev/null' is invalid. It is no directory."],
    ['up --data /dev/null/x', '--data: /dev/null/x cannot be made a directory'],
    ['up --once', '--once: ends after the walk-through; add --walkthrough'],
    ['up --detach --walkthrough', '--detach: a walk-through is for watching; leave --walkthrough and --once out'],
    ['up --walkthrough --path ./other', '--walkthrough: it plays on the sample; leave --repository and --path out'],
    ['up --audit-log a --kubeconfig k', '--audit-log: only a cluster that is started here has one'],
    ['up --context other', '--context: write a kubeconfig with that context as the current one'],
    ['up -o yaml', "argument 'yaml' is invalid. Allowed choices are json."],
    ['up --step-timeout soon', "'--step-timeout <duration>' argument 'soon' is invalid."],
    ['up --step-timeout 0s', 'It must be more than nothing, for example 90s or 5m.'],
    [
      'up --controller-flag concurrent=5',
      'It is no flag; write --controller-flag=--name=value, or kustomize:--name=value.',
    ],
    [
      'up --controller-flag helm:--x=5',
      'It is no flag; write --controller-flag=--name=value, or kustomize:--name=value.',
    ],
    ['down', 'nothing runs on '],
    ['get', "missing required argument 'kind'"],
    ['get helmreleases', "'helmreleases' is no kind that can be named here; known: sources git, kustomizations"],
    ['get ks a b', "one name at a time: 'a b'"],
    ['get ks a -A', "--all-namespaces: 'a' is one object; give its namespace with -n instead"],
    ['get ks a -l b=c', "--label-selector: 'a' is one object; leave one of the two out"],
    ['get ks -o wide', "argument 'wide' is invalid. Allowed choices are json, yaml."],
    ['get ks', "no cluster is named: give --kubeconfig, set KUBECONFIG, or start one with 'tidelock up'"],
    ['reconcile ks', 'name one Kustomization: tidelock reconcile ks <name>'],
    ['reconcile source git a --with-source', '--with-source: a GitRepository has no source; leave it out'],
    ['reconcile ks a --timeout 5x', "'--timeout <duration>' argument '5x' is invalid."],
    ['frob', "unknown command 'frob'"],
    ['get ks --frob', "unknown option '--frob'"],
  ])('tidelock %s', async (line, message) => {
    const { out, err, exitCode } = await run(...line.split(' '))
    expect(err).toContain(message)
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 })
  })
})

describe('help', () => {
  it('lists the commands', async () => {
    const { out, exitCode } = await run('--help')
    for (const name of ['up', 'down', 'get', 'reconcile', 'build', 'diff', 'version'])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(exitCode).toBe(0)
  })

  it.each(['up', 'down', 'get', 'reconcile', 'build kustomization', 'diff kustomization', 'version'])(
    'of %s shows its flags and those of all commands',
    async (name) => {
      const { out, err } = await run(...name.split(' '), '--help')
      expect(out).toMatch(new RegExp(`^Usage: tidelock ${name}(\\|ks)? `, 'm'))
      expect(out).toMatch(/Global Options:\n(.*\n)*  --kubeconfig <file>/)
      expect(err).toBe('')
    },
  )
})

describe('docs/cli.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
  const flagsIn = (text: string): string[] =>
    [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]+/g))].filter((flag) => flag !== '--help').toSorted()
  const rowsOf = (section: string): string =>
    section
      .split('\n')
      .map((line) => /^\| (.*?) \|/.exec(line)?.[1] ?? '')
      .join('\n')
  const [head = '', ...sections] = page.split(/^## /m)

  it('has the flags of all commands', async () => {
    const { out } = await run('--help')
    expect(flagsIn(rowsOf(head))).toEqual(flagsIn(out.replace(/^Commands:[^]*/m, '')))
  })

  it.each(['up', 'down', 'get', 'reconcile', 'build kustomization', 'diff kustomization'])(
    'has the flags of %s',
    async (name) => {
      const { out } = await run(...name.split(' '), '--help')
      const own = out.slice(out.indexOf('\nOptions:'), out.indexOf('\nGlobal Options:'))
      const names = [...own.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)]
        .map(([, flag = '']) => flag)
        .filter((flag) => flag !== '--help')
      const section = sections.find((each) => each.startsWith(`${name}\n`)) ?? ''
      // --kubeconfig means something more for `up`
      expect(flagsIn(rowsOf(section)).filter((flag) => flag !== '--kubeconfig')).toEqual(names.toSorted())
    },
  )
})

describe('version', () => {
  it('is printed without a cluster', async () => {
    const { out } = await run('version', '--client', '-o', 'json')
    expect(await run('--version')).toEqual({
      out: `${(JSON.parse(out) as { tidelock: string }).tidelock}\n`,
      err: '',
      exitCode: 0,
    })
  })
})
