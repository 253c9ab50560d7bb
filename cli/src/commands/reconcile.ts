// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addKindCommands } from '../kinds/add-kind-commands.ts'
import type { CommandKind } from '../kinds/kind.ts'
import { findKind } from '../kinds/kinds.ts'
import { kustomizations } from '../kinds/kustomizations.ts'
import type { Listed } from '../kinds/listed.ts'
import { nameOf, reconcile } from '../objects/reconcile.ts'
import type { Request } from '../objects/reconcile.ts'
import { toRef } from '../objects/ref.ts'

interface ReconcileFlags {
  readonly withSource?: boolean
}

const examples = `
Examples:
  tidelock reconcile source git fleet
  tidelock reconcile kustomization fleet --with-source`

/** `tidelock reconcile <kind> <name>`: asks for a run now and waits for its end, as `flux reconcile` does. */
export function addReconcileCommand(program: Command, environment: Environment): void {
  const parent = program
    .command('reconcile')
    .description('ask for a run now and wait until it ended')
    .addHelpText('after', examples)
  addKindCommands(parent, 'reconcile', (command, kind) => {
    command
      .argument('[name]', 'the object')
      .description(`reconcile a ${kind.kind.kind} now`)
      .action(async (name: string | undefined, flags: ReconcileFlags, self: Command) => {
        if (name === undefined) throw new CliError('UsageInvalid', `${kind.kind.kind} name is required`)
        await using connection = await connect(self, environment)
        const { client, namespace, timeoutMs } = connection
        const request = { client, kind, ref: toRef(kind.kind, namespace, name), timeoutMs }
        if (flags.withSource === true) await reconcileSource(request, environment)
        await reconcile(request, environment)
      })
    if (kind === kustomizations) command.option('--with-source', 'reconcile its source first')
  })
}

async function reconcileSource(request: Request, environment: Environment): Promise<void> {
  const { client, ref } = request
  const { spec } = await client.get<Listed>(ref, { signal: environment.signal })
  const source = spec?.sourceRef
  const kind: CommandKind | undefined = source === undefined ? undefined : findKind(source.kind)
  if (source === undefined || kind?.verbs.includes('reconcile') !== true)
    throw new CliError('UsageInvalid', `${nameOf(ref)} has no source that can be reconciled: leave --with-source out`)
  await reconcile(
    { ...request, kind, ref: toRef(kind.kind, source.namespace ?? ref.namespace ?? '', source.name) },
    environment,
  )
}
