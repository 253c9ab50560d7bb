// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import type { JsonObject } from '@tidelock/api'
import { InvalidArgumentError, Option } from 'commander'
import { CliError } from '../../errors.ts'
import { kustomizations } from '../../kinds/kustomizations.ts'
import { addWithCommas, booleanFlag, durationFlag } from '../flag-values.ts'
import type { ObjectRecipe } from './recipe.ts'
import { durationOf, refer } from './source-flags.ts'

interface KustomizationFlags {
  readonly source?: JsonObject
  readonly path: string
  readonly prune?: boolean
  readonly wait?: boolean
  readonly healthCheck?: readonly string[]
  readonly healthCheckTimeout: string
  readonly dependsOn?: readonly string[]
  readonly serviceAccount?: string
  readonly decryptionProvider?: string
  readonly decryptionSecret?: string
  readonly targetNamespace?: string
  readonly kubeconfigSecretRef?: string
  readonly retryInterval?: string
}

const sourceKinds = ['OCIRepository', 'GitRepository', 'Bucket']
const checkedKinds = ['Deployment', 'DaemonSet', 'StatefulSet', 'HelmRelease']

/** `tidelock create kustomization`. */
export const kustomization: ObjectRecipe<KustomizationFlags> = {
  kind: kustomizations,
  words: 'kustomization',
  aliases: ['ks'],
  noun: 'Kustomization',
  isAnnounced: true,
  examples: `
Examples:
  tidelock create kustomization apps --source GitRepository/fleet --path ./apps --prune=true --interval 10m
  tidelock create kustomization shop --source OCIRepository/shop.team-a --depends-on apps --wait=true --export > shop.yaml`,
  addFlags: (command) => {
    command
      .option('--source <source>', `[kind/]name[.namespace]; kinds: ${sourceKinds.join(', ')}`, sourceFlag)
      .option('--path <path>', 'directory in the source', pathFlag, './')
      .option('--prune [boolean]', 'delete what is gone from the source', booleanFlag)
      .option('--wait [boolean]', 'wait for the health of everything that is applied', booleanFlag)
      .option('--health-check <list>', 'what to wait for: kind/name.namespace, with commas between', addWithCommas)
      .option('--health-check-timeout <duration>', 'how long to wait', durationFlag, '2m')
      .option('--depends-on <list>', 'Kustomizations that must be ready first: [namespace/]name', addWithCommas)
      .option('--service-account <name>', 'ServiceAccount to act as')
      .addOption(new Option('--decryption-provider <name>', 'how files are decrypted').choices(['sops']))
      .option('--decryption-secret <name>', 'Secret with private keys')
      .option('--target-namespace <name>', 'namespace of everything that is applied')
      .option('--kubeconfig-secret-ref <name>', 'Secret with the kubeconfig of a remote cluster')
      .option('--retry-interval <duration>', 'when to try again after a failure', durationFlag)
      .addOption(new Option('--validation <mode>', 'without effect: everything is validated by the server').hideHelp())
  },
  toSpec: (flags) => {
    const { source, path, prune = false, targetNamespace, serviceAccount, retryInterval } = flags
    if (source === undefined) throw new CliError('UsageInvalid', 'source is required: give --source')
    return {
      ...{ interval: durationOf(flags.interval), path, prune, sourceRef: source },
      ...(targetNamespace === undefined ? {} : { targetNamespace }),
      ...(flags.dependsOn === undefined ? {} : { dependsOn: flags.dependsOn.map(toDependency) }),
      ...(flags.kubeconfigSecretRef === undefined ? {} : { kubeConfig: refer('secretRef', flags.kubeconfigSecretRef) }),
      ...toChecks(flags),
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      ...toDecryption(flags),
      ...(retryInterval === undefined ? {} : { retryInterval: durationOf(retryInterval) }),
    }
  },
  done: (obj) => [`Kustomization ${obj.metadata.name} is ready`, kustomizations.success(obj)],
}

function sourceFlag(text: string): JsonObject {
  const parts = text.split('/')
  const [given, named] = parts.length === 2 ? parts : ['GitRepository', text]
  const kind = sourceKinds.find((each) => each.toLowerCase() === given?.toLowerCase())
  if (kind === undefined)
    throw new InvalidArgumentError(
      `Source kind '${given}' is not supported, must be one of: ${sourceKinds.join(', ')}.`,
    )
  const dot = named?.lastIndexOf('.') ?? -1
  const name = dot < 0 ? named : named?.slice(0, dot)
  if (!name || /\//.test(name))
    throw new InvalidArgumentError('Write [kind/]name[.namespace], such as GitRepository/fleet.')
  return { kind, name, ...(dot < 0 ? {} : { namespace: named?.slice(dot + 1) ?? '' }) }
}

/** A path below the root of the source, whatever it climbs over. */
function pathFlag(text: string): string {
  return `./${posix.resolve('/', text.trim().replaceAll('\\', '/')).slice(1)}`
}

function toDependency(text: string): JsonObject {
  const [namespace, name] = text.split('/')
  return name === undefined ? { name: text } : { namespace: namespace ?? '', name }
}

function toChecks({ wait, healthCheck, healthCheckTimeout }: KustomizationFlags): JsonObject {
  const timeout = durationOf(healthCheckTimeout)
  if (wait === true) return { wait, timeout }
  return healthCheck === undefined ? {} : { healthChecks: healthCheck.map(toCheck), timeout }
}

function toCheck(text: string): JsonObject {
  const [, kind = '', name = '', namespace = ''] = /^([^/]+)\/([^/.]+)\.([^/.]+)$/.exec(text) ?? []
  if (kind === '')
    throw new CliError(
      'UsageInvalid',
      `--health-check: invalid health check '${text}' must be in the format 'kind/name.namespace'`,
    )
  if (!checkedKinds.includes(kind))
    throw new CliError(
      'UsageInvalid',
      `--health-check: invalid health check kind '${kind}' can be HelmRelease, Deployment, DaemonSet or StatefulSet`,
    )
  return { ...(kind === 'HelmRelease' ? { apiVersion: 'helm.toolkit.fluxcd.io/v2' } : {}), kind, name, namespace }
}

function toDecryption({ decryptionProvider, decryptionSecret }: KustomizationFlags): JsonObject {
  if (decryptionProvider !== undefined)
    return { decryption: { provider: decryptionProvider, ...refer('secretRef', decryptionSecret) } }
  if (decryptionSecret === undefined) return {}
  throw new CliError('UsageInvalid', '--decryption-secret: add --decryption-provider sops')
}
