// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { CommanderError } from 'commander'
import type { Command } from 'commander'
import { createProgram } from '../program.ts'

let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidelock-cli-'))
})
afterAll(() => rm(home, { recursive: true }))

function program(
  out: (text: string) => void = () => undefined,
  err: (text: string) => void = () => undefined,
): Command {
  return createProgram({
    ...{ env: {}, home, cwd: home, self: 'tidelock', terminal: undefined, colors: false },
    results: { colors: false, columns: undefined },
    ...{ out, err },
    signal: new AbortController().signal,
  })
}

/** Runs a command line that is refused before it touches anything; resolves with what a person sees. */
async function run(...args: string[]): Promise<{ out: string; err: string; exitCode: number }> {
  let out = ''
  let err = ''
  const parsing = program(
    (text) => void (out += text),
    (text) => void (err += text),
  )
  try {
    await parsing.parseAsync(['node', 'tidelock', ...args])
    return { out, err, exitCode: 0 }
  } catch (error) {
    if (error instanceof CommanderError) return { out, err, exitCode: error.exitCode }
    return { out, err: `${err}${errorMessage(error)}`, exitCode: 1 }
  }
}

describe('bad usage', () => {
  it.each([
    [
      'up --controllers source,helm',
      "'source,helm' is invalid. 'helm' is unknown; known: source, kustomize, notification, or none.",
    ],
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
    ['get', 'Usage: tidelock get'],
    ['get helmreleases', "unknown command 'helmreleases'"],
    ['get sources gti', 'Did you mean git?'],
    ['suspend kustomizatoin a', 'Did you mean kustomization?'],
    ['get ks a b', 'Expected 1 argument but got 2'],
    ['get ks -o wide', "argument 'wide' is invalid. Allowed choices are json, yaml."],
    ['get ks --status-selector ready', 'Write type=status or type!=status, for example ready=false.'],
    ['get all -w', '--watch: expected a single resource type, but found all'],
    ['get sources all --watch', '--watch: expected a single resource type, but found all'],
    ['get ks -w -o yaml', '--output: a watch prints lines; leave --watch or --output out'],
    ['get ks --namspace a', 'Did you mean --namespace?'],
    ['get ks -n Team', "argument 'Team' is invalid. It must be a DNS label"],
    ['get ks --as a --as-user-extra scope --kubeconfig k', "--as-user-extra: 'scope' is not key=value"],
    ['get ks --server other', 'has no http or https URL as its server'],
    ['get ks --server https://other --kube-api-qps 0', 'It must be a number above 0.'],
    ['get ks --as-group a --kubeconfig k', '--as-group, --as-uid and --as-user-extra go with a user: add --as'],
    ['get ks', "no cluster is named: give --kubeconfig, set KUBECONFIG, or start one with 'tidelock up'"],
    ['reconcile ks', 'Kustomization name is required'],
    ['reconcile source git a --with-source', "unknown option '--with-source'"],
    ['reconcile ks a --timeout 5x', "'--timeout <duration>' argument '5x' is invalid."],
    ['suspend source git', 'source git name is required, or --all'],
    ['resume ks', 'kustomization name is required, or --all'],
    ['resume ks a --wait=perhaps', "'perhaps' is invalid. Write =true or =false, or the flag alone."],
    ['delete source oci', 'source oci name is required'],
    ['export ks', 'name is required, or --all'],
    ['export ks a --with-credentials', "unknown option '--with-credentials'"],
    ['frob', "unknown command 'frob'"],
    ['get ks --frob', "unknown option '--frob'"],
  ])('tidelock %s', async (line, message) => {
    const { out, err, exitCode } = await run(...line.split(' '))
    expect(err).toContain(message)
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 })
  })
})

/** The commands with actions below one, by their words. */
function leavesOf(command: Command, words: readonly string[] = [command.name()]): [string, Command][] {
  if (command.commands.length === 0) return [[words.join(' '), command]]
  return command.commands.flatMap((each) => leavesOf(each, [...words, each.name()]))
}

const { commands } = program()
const leaves = commands.flatMap((command) => leavesOf(command))

describe('help', () => {
  it('lists the commands', async () => {
    const { out, exitCode } = await run('--help')
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command.name()} `, 'm'))
    expect(exitCode).toBe(0)
  })

  it.each(leaves.map(([line]) => line))(
    'of %s says what it does, and shows its flags and those of all',
    async (line) => {
      const { out, err } = await run(...line.split(' '), '--help')
      expect(out).toMatch(new RegExp(`^Usage: tidelock ${line}(\\|[a-z-]+)? .*\n\n[a-z]`))
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
  const titles = sections.map((section) => section.slice(0, section.indexOf('\n')))

  it('has the flags of all commands', async () => {
    const { out } = await run('--help')
    // each command has it for itself, as some have one of this name for something else
    const all = `${out.replace(/^Commands:[^]*/m, '')} --token`
    expect(flagsIn(rowsOf(head))).toEqual(flagsIn(all))
  })

  it('has a section for each command', () => {
    const isIn = (line: string): boolean => titles.some((title) => line === title || line.startsWith(`${title} `))
    expect(leaves.map(([line]) => line).filter((line) => !isIn(line))).toEqual([])
    expect(titles.filter((title) => !leaves.some(([line]) => `${line} `.startsWith(`${title} `)))).toEqual([])
  })

  it.each(titles.map((title, at) => [title, sections[at] ?? ''] as const))('has the flags of %s', (title, section) => {
    const below = leaves.filter(([line]) => `${line} `.startsWith(`${title} `))
    const options = below.flatMap(([, command]) => command.options)
    const own = new Set(
      options.filter((option) => option.attributeName() !== 'clusterToken').map(({ long }) => long ?? ''),
    )
    // --kubeconfig means something more for `up`
    expect(flagsIn(rowsOf(section)).filter((flag) => flag !== '--kubeconfig')).toEqual([...own].toSorted())
  })
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
