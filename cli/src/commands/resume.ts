// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Connection } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addKindCommands } from '../kinds/add-kind-commands.ts'
import type { CommandKind } from '../kinds/kind.ts'
import type { Listed } from '../kinds/listed.ts'
import { toRef } from '../objects/ref.ts'
import { requireNames, selectObjects, setSuspend } from '../objects/select.ts'
import { waitReady } from '../objects/wait-ready.ts'
import { booleanFlag } from './flag-values.ts'

interface ResumeFlags {
  readonly all?: boolean
  readonly wait?: boolean
}

const examples = `
Examples:
  tidelock resume kustomization apps
  tidelock resume source git fleet shop --wait
  tidelock resume kustomization --all`

/** `tidelock resume <kind> <name...>`: reconciles suspended objects again; one that is named alone, or all with `--wait`, is awaited. */
export function addResumeCommand(program: Command, environment: Environment): void {
  const resume = program
    .command('resume')
    .description('reconcile suspended objects again')
    .addHelpText('after', examples)
  addKindCommands(resume, 'resume', (command, kind) =>
    command
      .argument('[name...]', 'objects')
      .description(`resume ${kind.kind.kind} objects`)
      .option('--all', 'all of the namespace')
      .option('--wait [boolean]', 'wait until they are ready; the default for a single name', booleanFlag)
      .action((names: string[], flags: ResumeFlags, self: Command) =>
        resumeObjects(kind, names, flags, self, environment),
      ),
  )
}

async function resumeObjects(
  kind: CommandKind,
  names: readonly string[],
  flags: ResumeFlags,
  command: Command,
  environment: Environment,
): Promise<void> {
  const { err, signal } = environment
  requireNames(kind, names, flags.all === true)
  await using connection = await connect(command, environment)
  const { namespace } = connection
  const { objects, missing } = await selectObjects(kind, names, flags.all === true, connection, signal)
  for (const { metadata } of objects) {
    err(`► resuming ${kind.title} ${metadata.name} in ${namespace} namespace\n`)
    await setSuspend(connection, kind, metadata.name, false, signal)
    err(`✔ ${kind.title} resumed\n`)
  }
  for (const name of missing) err(`✗ ${kind.kind.kind} object '${name}' not found in ${namespace} namespace\n`)
  if (names.length === 0 && objects.length === 0)
    err(`✗ no ${kind.kind.kind} objects found in ${namespace} namespace\n`)
  if (flags.wait ?? names.length === 1) await waitForAll(kind, objects, connection, environment)
}

async function waitForAll(
  kind: CommandKind,
  objects: readonly Listed[],
  { client, namespace, timeoutMs }: Connection,
  { err, signal }: Environment,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs
  const results = await Promise.all(
    objects
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map(async ({ metadata: { name } }) => {
        err(`◎ waiting for ${kind.kind.kind} reconciliation\n`)
        const awaited = { client, kind, ref: toRef(kind.kind, namespace, name), deadlineMs, timeoutMs, signal }
        return await waitReady(awaited).then(
          (object) => ({ name, object, failure: undefined }),
          (failure: unknown) => ({ name, object: undefined, failure }),
        )
      }),
  )
  for (const { name, object, failure } of results)
    err(
      object === undefined
        ? `✗ ${kind.kind.kind} ${name} reconciliation failed: ${errorMessage(failure)}\n`
        : `✔ ${kind.kind.kind} ${name} reconciliation completed\n✔ ${kind.success(object)}\n`,
    )
  signal.throwIfAborted()
  const failed = results.filter(({ object }) => object === undefined).length
  if (failed > 0) throw new CliError('NotReady', `reconciliation failed for ${failed} ${kind.kind.kind}(s)`)
}
