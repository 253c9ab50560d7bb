// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errorMessage } from '@tidelock/errors'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import { confirm } from '../../output/confirm.ts'
import type { RecipeContext } from './recipe.ts'

/** What a recipe may use of the world, for one object. */
export function recipeContext(
  { name, namespace }: Pick<RecipeContext, 'name' | 'namespace'>,
  environment: Environment,
): RecipeContext {
  const { cwd, err, signal } = environment
  return {
    ...{ name, namespace, signal },
    note: (text) => err(`${text}\n`),
    confirm: (question, silencer) => confirm(question, silencer, environment),
    readText: async (file, flag) => {
      try {
        return await readFile(resolve(cwd, file), { encoding: 'utf8', signal })
      } catch (cause) {
        signal.throwIfAborted()
        throw new CliError('UsageInvalid', `${flag}: cannot read ${file}: ${errorMessage(cause)}`, { cause })
      }
    },
  }
}
