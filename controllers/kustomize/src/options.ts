// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { formatDuration } from '@tidelock/api'
import {
  booleanFlag,
  commonFlags,
  controllerCommand,
  declareFlag,
  durationFlag,
  inertFlags,
  integerFlag,
  RuntimeError,
  textFlag,
  wordFlag,
} from '@tidelock/runtime'
import type { CommonOptions, InertFlag } from '@tidelock/runtime'
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { checkDecryptionAccount, decryptionFlags } from './decryption-flags.ts'
import type { DecryptionFlags } from './decryption-flags.ts'
import { featureGates } from './features.ts'
import { driftModes } from './kustomization/drift/mode.ts'
import type { DriftMode } from './kustomization/drift/mode.ts'
import { kindForms, noKinds, parseKindSet } from './kustomization/guards/kind-set.ts'
import type { KindSet } from './kustomization/guards/kind-set.ts'
import { budgetForms, parsePruneBudget } from './kustomization/guards/prune-budget.ts'
import type { PruneBudget } from './kustomization/guards/prune-budget.ts'

/** All flags of the kustomize controller, parsed. */
export interface KustomizeOptions extends CommonOptions, DecryptionFlags {
  /** Flags of Flux that were given and do nothing. */
  readonly inertFlags: readonly InertFlag[]
  readonly concurrentSsa: number
  /** How often the download of an artifact is tried before the run fails. */
  readonly httpRetry: number
  /** Whether kustomizations may not refer to anything outside of their source. */
  readonly noRemoteBases: boolean
  /** What happens to drift of Kustomizations without annotation. */
  readonly driftMode: DriftMode
  /** How many objects a run may delete; null: as many as the source says. */
  readonly pruneBudget: PruneBudget | null
  readonly protectedKinds: KindSet
  readonly refuseEmptySource: boolean
  readonly overrideManagers: readonly string[]
  readonly customApplyStageKinds: ReadonlySet<string>
  /** Time between two runs of an object that look at everything, also at what no watch shows as changed. */
  readonly fullResyncMs: number
  /** ServiceAccount of kubeConfig.configMapRef without one; '' is the controller's own identity. */
  readonly defaultKubeconfigServiceAccount: string
  /** Lets a kubeconfig run plugins. */
  readonly insecureKubeconfigExec: boolean
  /** Lets a kubeconfig switch off the verification of certificates. */
  readonly insecureKubeconfigTls: boolean
  /** Unpacked artifacts. */
  readonly cacheDir: string
  readonly cacheMaxBytes: number
  /** The built engine; '' uses the one in the package. */
  readonly engineCacheDir: string
  readonly engineWorkers: number
  readonly engineMemoryMaxBytes: number
  readonly engineTimeoutMs: number
}

const fluxFlags: readonly InertFlag[] = []

type Env = Readonly<Record<string, string | undefined>>

const hourMs = 3_600_000

/** Parses the command line by Flux's flags and defaults, and ours. Throws with a message that names flag, value and cure. */
export function parseOptions(argv: readonly string[], env: Env, tempDir: string): KustomizeOptions {
  const { command, read } = createCommand(tempDir)
  command.parse([...argv], { from: 'user' })
  return read(env)
}

/** The command with all flags declared, and what reads them once it was parsed. The README's table is made from it. */
export function createCommand(tempDir: string): { command: Command; read: (env: Env) => KustomizeOptions } {
  const command = controllerCommand('kustomize-controller', 'builds and applies Kustomizations')
  const common = commonFlags(command, { gates: featureGates, controller: 'kustomize-controller', tempDir })
  const own = {
    ...applyFlags(command),
    ...kubeconfigFlags(command),
    ...decryptionFlags(command),
    ...engineFlags(command, tempDir),
    inertFlags: inertFlags(command, fluxFlags),
  }
  const overrideManagers: string[] = []
  command.option(
    '--override-manager <name>',
    'field manager whose changes are undone (repeatable)',
    (value: string) => {
      overrideManagers.push(value)
    },
  )
  const read = (env: Env): KustomizeOptions => {
    const values = Object.fromEntries(Object.entries(own).map(([name, readFlag]) => [name, readFlag(env)]))
    const options = { ...common(env), ...values, overrideManagers } as unknown as KustomizeOptions
    checkAccounts(options)
    checkDecryptionAccount(options)
    return options
  }
  return { command, read }
}

// as Flux: an account that may not be used is a mistake that nobody would notice
function checkAccounts({ defaultKubeconfigServiceAccount, features }: KustomizeOptions): void {
  if (defaultKubeconfigServiceAccount === '' || features.enabled('ObjectLevelWorkloadIdentity')) return
  throw new RuntimeError(
    'FlagInvalid',
    '--default-kubeconfig-service-account needs --feature-gates=ObjectLevelWorkloadIdentity=true',
  )
}

function kubeconfigFlags(command: Command) {
  const allow = (name: string, description: string) =>
    declareFlag(command, { name, default: false, description, parse: booleanFlag })
  return {
    defaultKubeconfigServiceAccount: declareFlag(command, {
      name: 'default-kubeconfig-service-account',
      default: '',
      description: 'account of a kubeConfig.configMapRef that names none',
      parse: textFlag,
    }),
    insecureKubeconfigExec: allow(
      'insecure-kubeconfig-exec',
      'let kubeconfigs of remote clusters run plugins, as programs of this container',
    ),
    insecureKubeconfigTls: allow(
      'insecure-kubeconfig-tls',
      'let kubeconfigs of remote clusters switch off the verification of certificates',
    ),
  }
}

function applyFlags(command: Command) {
  return {
    concurrentSsa: declareFlag(command, {
      name: 'concurrent-ssa',
      default: 4,
      description: 'objects of a Kustomization that are dry-run or applied at the same time',
      parse: integerFlag(1, 1000),
    }),
    noRemoteBases: declareFlag(command, {
      name: 'no-remote-bases',
      default: false,
      description: 'refuse kustomizations that refer to files or repositories by URL',
      parse: booleanFlag,
    }),
    httpRetry: declareFlag(command, {
      name: 'http-retry',
      default: 9,
      description: 'further tries to download an artifact',
      parse: integerFlag(0, 1000),
    }),
    customApplyStageKinds: declareFlag<ReadonlySet<string>>(command, {
      name: 'custom-apply-stage-kinds',
      default: new Set(),
      defaultText: '',
      description: 'kinds that are applied before the rest, as comma-separated group/Kind',
      parse: parseStageKinds,
    }),
    driftMode: declareFlag<DriftMode>(command, {
      name: 'drift-mode',
      default: 'correct',
      description: 'what happens to objects that drifted: correct, warn (report and leave), off (as Flux)',
      parse: wordFlag(driftModes),
    }),
    ...guardFlags(command),
    fullResyncMs: declareFlag(command, {
      name: 'full-resync',
      default: hourMs,
      defaultText: formatDuration(hourMs),
      description: 'time between two runs of an object that dry-run everything',
      parse: durationFlag(1000),
    }),
  }
}

function guardFlags(command: Command) {
  const parsed =
    <V>(parse: (text: string) => V | undefined, forms: string) =>
    (_flag: string, text: string): V => {
      const value = parse(text)
      if (value === undefined) throw new InvalidArgumentError(`'${text}' is not ${forms}`)
      return value
    }
  return {
    pruneBudget: declareFlag<PruneBudget | null>(command, {
      name: 'prune-budget',
      default: null,
      defaultText: 'none',
      description: 'how many objects a run may delete without being told to: a count, a share, or both, as 20%,5',
      parse: parsed(parsePruneBudget, budgetForms),
    }),
    protectedKinds: declareFlag<KindSet>(command, {
      name: 'protected-kinds',
      default: noKinds,
      defaultText: 'none',
      description: 'kinds that are never deleted, as comma-separated Kind or group/Kind',
      parse: parsed(parseKindSet, kindForms),
    }),
    refuseEmptySource: declareFlag(command, {
      name: 'refuse-empty-source',
      default: false,
      description: 'delete nothing when a source that had objects builds to none, until somebody agrees',
      parse: booleanFlag,
    }),
  }
}

function parseStageKinds(_flag: string, text: string): ReadonlySet<string> {
  const kinds = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const bad = kinds.find((kind) => !/^[^/\s]*\/[^/\s]+$/.test(kind))
  if (bad !== undefined)
    throw new InvalidArgumentError(
      `'${bad}' is not group/Kind, such as apps/Deployment, or /ConfigMap for the core group`,
    )
  return new Set(kinds)
}

function engineFlags(command: Command, tempDir: string) {
  const size = (name: string, mebibytes: number, description: string) => {
    const read = declareFlag(command, { name, default: mebibytes, description, parse: integerFlag(64) })
    return (env: Env): number => read(env) * 2 ** 20
  }
  return {
    cacheDir: declareFlag(command, {
      name: 'cache-dir',
      default: join(tempDir, 'tidelock-kustomize-controller-artifacts'),
      description: 'directory of unpacked artifacts',
      parse: textFlag,
    }),
    cacheMaxBytes: size('cache-max-size', 2048, 'bound of the unpacked artifacts, in MiB'),
    engineCacheDir: declareFlag(command, {
      name: 'engine-cache-dir',
      default: '',
      description: 'cache that the engine is built into when the package has none (development)',
      parse: textFlag,
    }),
    engineWorkers: declareFlag(command, {
      name: 'engine-workers',
      default: 1,
      description: 'builds at the same time',
      parse: integerFlag(1, 64),
    }),
    // 3,000 objects take Kustomize half a minute of CPU time, and twice the objects four times as long
    engineTimeoutMs: declareFlag(command, {
      name: 'engine-timeout',
      default: 180_000,
      defaultText: formatDuration(180_000),
      description: 'bound of the time of one build',
      parse: durationFlag(1000),
    }),
    engineMemoryMaxBytes: size('engine-max-memory', 512, 'bound of the memory of one build, in MiB'),
  }
}
