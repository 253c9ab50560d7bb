// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { alert } from './create/alert.ts'
import { alertProvider } from './create/alert-provider.ts'
import { createObject } from './create/create-object.ts'
import { createSecret } from './create/create-secret.ts'
import { labelFlag } from './create/flags.ts'
import type { CreateFlags } from './create/flags.ts'
import { kustomization } from './create/kustomization.ts'
import { receiver } from './create/receiver.ts'
import type { ObjectRecipe, SecretRecipe } from './create/recipe.ts'
import { secretGit } from './create/secret-git.ts'
import { secretGitHubApp } from './create/secret-githubapp.ts'
import { secretNotation } from './create/secret-notation.ts'
import { secretOci } from './create/secret-oci.ts'
import { secretProxy } from './create/secret-proxy.ts'
import { secretReceiver } from './create/secret-receiver.ts'
import { secretTls } from './create/secret-tls.ts'
import { sourceGit } from './create/source-git.ts'
import { sourceOci } from './create/source-oci.ts'
import { durationFlag } from './flag-values.ts'

/** `tidelock create <kind> <name>`: creates or updates an object from flags, or prints it with `--export`. */
export function addCreateCommand(program: Command, environment: Environment): void {
  const create = program.command('create').description('create or update objects from flags, or print them')
  const source = create.command('source').description('create or update a source')
  addObject(source.command('git'), sourceGit, environment)
  addObject(source.command('oci'), sourceOci, environment)
  addObject(create.command('kustomization').alias('ks'), kustomization, environment)
  addObject(create.command('alert'), alert, environment)
  addObject(create.command('alert-provider'), alertProvider, environment)
  addObject(create.command('receiver'), receiver, environment)
  const secret = create.command('secret').description('create or update a Secret that objects refer to')
  addSecret(secret.command('git'), secretGit, environment)
  addSecret(secret.command('oci'), secretOci, environment)
  addSecret(secret.command('tls'), secretTls, environment)
  addSecret(secret.command('proxy'), secretProxy, environment)
  addSecret(secret.command('githubapp'), secretGitHubApp, environment)
  addSecret(secret.command('notation'), secretNotation, environment)
  addSecret(secret.command('receiver'), secretReceiver, environment)
}

function addObject<F extends object>(command: Command, recipe: ObjectRecipe<F>, environment: Environment): void {
  addCreateFlags(command)
    .description(`create or update ${article(recipe.kind.kind.kind)} and wait until it is ready`)
    .addHelpText('after', recipe.examples)
    .action((name: string | undefined, flags: F & CreateFlags, self: Command) =>
      createObject(recipe, name, flags, self, environment),
    )
  recipe.addFlags(command)
}

function addSecret<F extends object>(command: Command, recipe: SecretRecipe<F>, environment: Environment): void {
  addCreateFlags(command)
    .description(recipe.description)
    .addHelpText('after', recipe.examples)
    .action((name: string | undefined, flags: F & CreateFlags, self: Command) =>
      createSecret(recipe, name, flags, self, environment),
    )
  recipe.addFlags(command)
}

function addCreateFlags(command: Command): Command {
  return command
    .argument('[name]', 'name of the object')
    .option('--interval <duration>', 'how often it is reconciled', durationFlag, '1m')
    .option('--label <labels>', 'labels: key=value, with commas between; repeatable', labelFlag)
    .option('--export', 'print it as YAML instead')
}

function article(noun: string): string {
  return `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`
}
