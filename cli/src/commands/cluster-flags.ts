// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { durationFlag, addToList } from './flag-values.ts'

/** The flags of all commands. */
export interface ClusterFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
  readonly nsFollowsKubeContext?: boolean
  readonly as?: string
  readonly asGroup?: readonly string[]
  readonly asUid?: string
  readonly timeout: string
}

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/

/** Adds the flags that every command has: which cluster, as whom, which namespace, and how long it may take. */
export function addClusterFlags(program: Command): Command {
  return program
    .option(
      '--kubeconfig <file>',
      'path of a kubeconfig; default: KUBECONFIG, the cluster of a running `tidelock up`, ~/.kube/config',
    )
    .option('--context <name>', 'context of the kubeconfig')
    .option(
      '-n, --namespace <namespace>',
      'namespace of the objects (default: FLUX_SYSTEM_NAMESPACE, flux-system)',
      namespaceFlag,
    )
    .option('--ns-follows-kube-context', "take the context's namespace where --namespace names none")
    .option('--as <user>', 'user or service account to impersonate')
    .option('--as-group <group>', 'group to impersonate; repeatable', addToList)
    .option('--as-uid <uid>', 'UID to impersonate')
    .option('--timeout <duration>', 'how long it may take', durationFlag, '5m')
}

function namespaceFlag(text: string): string {
  if (label.test(text)) return text
  throw new InvalidArgumentError('It must be a DNS label: lower-case letters, digits and dashes.')
}

/** The namespace that the user means. `fromContext` is the one of the kubeconfig's context. */
export function namespaceOf(command: Command, { env }: Pick<Environment, 'env'>, fromContext?: string): string {
  const { namespace, nsFollowsKubeContext } = command.optsWithGlobals<ClusterFlags>()
  if (namespace !== undefined) return namespace
  const follows = nsFollowsKubeContext === true || Boolean(env['FLUX_NS_FOLLOWS_KUBE_CONTEXT'])
  if (follows && fromContext) return fromContext
  const named = env['FLUX_SYSTEM_NAMESPACE'] || 'flux-system'
  if (label.test(named)) return named
  throw new CliError(
    'UsageInvalid',
    `FLUX_SYSTEM_NAMESPACE: '${named}' is no DNS label; correct it or give --namespace`,
  )
}
