// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@tidelock/api'
import type { Command } from 'commander'
import { connect } from '../../connect.ts'
import type { Connection } from '../../connect.ts'
import type { Environment } from '../../environment.ts'
import type { Listed } from '../../kinds/listed.ts'
import { toExported } from '../../objects/exported.ts'
import { toRef } from '../../objects/ref.ts'
import { waitReady } from '../../objects/wait-ready.ts'
import { toGoYaml } from '../../output/go-yaml/write.ts'
import { applySecret, toSecret } from '../../secrets/secret-content.ts'
import { namespaceOf } from '../cluster-flags.ts'
import { requireName } from './flags.ts'
import type { CreateFlags } from './flags.ts'
import type { ObjectRecipe } from './recipe.ts'
import { recipeContext } from './recipe-context.ts'

/** Creates or updates an object and waits until it is ready; with `--export` prints it instead. */
export async function createObject<F extends object>(
  recipe: ObjectRecipe<F>,
  name: string | undefined,
  flags: F & CreateFlags,
  command: Command,
  environment: Environment,
): Promise<void> {
  requireName(name)
  const spec = recipe.toSpec(flags)
  const labels = flags.label ?? {}
  const toObject = (namespace: string): JsonObject => {
    const metadata = { name, namespace, labels: { ...labels } }
    return toExported(recipe.kind, { metadata, spec })
  }
  if (flags.export === true) return environment.out(`---\n${toGoYaml(toObject(namespaceOf(command, environment)))}`)
  const { err, signal } = environment
  await using connection = await connect(command, environment)
  const { namespace } = connection
  if (recipe.isAnnounced) err(`✚ generating ${recipe.noun}\n`)
  const secret = await recipe.credentials?.(flags, recipeContext({ name, namespace }, environment))
  if (secret !== undefined) {
    err('► applying secret with repository credentials\n')
    await applySecret(connection, toSecret({ name, namespace, labels: {} }, secret), name, signal)
    err('✔ authentication configured\n')
    spec['secretRef'] = { name }
  }
  err(`► applying ${recipe.noun}\n`)
  await apply(recipe, name, toObject(namespace), connection, environment)
  err(`◎ waiting for ${recipe.noun} reconciliation\n`)
  const { client, timeoutMs } = connection
  const ref = toRef(recipe.kind.kind, namespace, name)
  const deadlineMs = Date.now() + timeoutMs
  const ready = await waitReady({ client, kind: recipe.kind, ref, deadlineMs, timeoutMs, signal })
  for (const note of recipe.done(ready, flags)) err(`✔ ${note}\n`)
}

async function apply<F extends object>(
  recipe: ObjectRecipe<F>,
  name: string,
  object: JsonObject,
  { client, namespace }: Connection,
  { err, signal }: Environment,
): Promise<void> {
  const ref = toRef(recipe.kind.kind, namespace, name)
  const { labels } = object['metadata'] as { labels?: Record<string, string> }
  const options = { fieldManager: 'tidelock', signal }
  const existing = await client.find<Listed>(ref, { signal })
  if (existing === undefined) {
    await client.create(
      { ...object, ...ref, metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) } },
      options,
    )
    return err(`✔ ${recipe.noun} created\n`)
  }
  const { labels: _old, ...metadata } = existing.metadata
  const next = { ...existing, metadata: { ...metadata, ...(labels === undefined ? {} : { labels }) } }
  await client.replace({ ...next, spec: object['spec'] }, options)
  err(`✔ ${recipe.noun} updated\n`)
}
