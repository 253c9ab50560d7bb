// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addToList, durationFlag } from './flag-values.ts'

/** The flags of all commands. */
export interface ClusterFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
  readonly nsFollowsKubeContext?: boolean
  readonly as?: string
  readonly asGroup?: readonly string[]
  readonly asUid?: string
  readonly asUserExtra?: readonly string[]
  readonly cluster?: string
  readonly user?: string
  readonly server?: string
  readonly certificateAuthority?: string
  readonly tlsServerName?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly clientCertificate?: string
  readonly clientKey?: string
  /** `--token`, where it is not a flag of the command's own. */
  readonly clusterToken?: string
  readonly kubeApiQps: number
  readonly kubeApiBurst: number
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
    .option('--as-user-extra <key=value>', 'extra of the user to impersonate; repeatable', addToList)
    .option('--cluster <name>', 'cluster of the kubeconfig, in place of the context’s')
    .option('--user <name>', 'user of the kubeconfig, in place of the context’s')
    .option('--server <url>', 'address of the API server')
    .option('--certificate-authority <file>', 'authority of the API server')
    .option('--tls-server-name <name>', 'name in the certificate of the API server')
    .option('--insecure-skip-tls-verify', 'take any certificate of the API server')
    .option('--client-certificate <file>', 'client certificate for the API server')
    .option('--client-key <file>', 'key of the client certificate')
    .option(
      '--kube-api-qps <number>',
      'requests a second to an API server without priority and fairness',
      numberFlag,
      50,
    )
    .option('--kube-api-burst <number>', 'requests at once to such an API server', numberFlag, 300)
    .option('--timeout <duration>', 'how long it may take', durationFlag, '5m')
    .option('--verbose', 'as in flux; does nothing here')
    .option('--cache-dir <directory>', 'as in flux; nothing is cached here')
    .option('--disable-compression', 'as in flux; answers are not compressed here')
}

/** `--token` for the API server: some commands have a flag of that name for something else. */
class ClusterTokenOption extends Option {
  override attributeName(): string {
    return 'clusterToken'
  }
}

/** Adds `--token` to every command that has none of its own. To be called when all commands are there. */
export function addTokenFlag(command: Command): void {
  command.commands.forEach(addTokenFlag)
  if (command.commands.length > 0 || command.options.some(({ long }) => long === '--token')) return
  command.addOption(new ClusterTokenOption('--token <token>', 'bearer token for the API server'))
}

function numberFlag(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0.')
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
