// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { connect } from '../../connect.ts'
import type { Environment } from '../../environment.ts'
import { toGoYaml } from '../../output/go-yaml/write.ts'
import { applySecret, toSecret } from '../../secrets/secret-content.ts'
import { namespaceOf } from '../cluster-flags.ts'
import { requireName } from './flags.ts'
import type { CreateFlags } from './flags.ts'
import type { SecretRecipe } from './recipe.ts'
import { recipeContext } from './recipe-context.ts'

/** Creates or updates a Secret; with `--export` prints it instead. */
export async function createSecret<F extends object>(
  recipe: SecretRecipe<F>,
  name: string | undefined,
  flags: F & CreateFlags,
  command: Command,
  environment: Environment,
): Promise<void> {
  requireName(name)
  const { out, err, signal } = environment
  const labels = flags.label ?? {}
  if (flags.export === true) {
    const namespace = namespaceOf(command, environment)
    const content = await recipe.toContent(flags, recipeContext({ name, namespace }, environment))
    return out(`---\n${toGoYaml(toSecret({ name, namespace, labels }, content))}${recipe.afterExport}`)
  }
  await using connection = await connect(command, environment)
  const { namespace } = connection
  const content = await recipe.toContent(flags, recipeContext({ name, namespace }, environment))
  const key = content.stringData['identity.pub']
  if (key !== undefined) err(`✚ deploy key: ${key}\n`)
  await applySecret(connection, toSecret({ name, namespace, labels }, content), name, signal)
  err(`► ${recipe.word} secret '${name}' created in '${namespace}' namespace\n`)
}
