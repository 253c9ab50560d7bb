// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@tidelock/api'
import { advertisedAddressOf } from '@tidelock/artifact'
import {
  commonFlags,
  RuntimeError,
  controllerCommand,
  declareFlag,
  durationFlag,
  inertFlags,
  integerFlag,
  listFlag,
  textFlag,
  wordFlag,
} from '@tidelock/runtime'
import type { CommonOptions, InertFlag } from '@tidelock/runtime'
import type { Command } from 'commander'
import { featureGates } from './features.ts'
import type { SigstoreSettings } from './oci-repository/sigstore.ts'

/** All flags of the source controller, parsed. */
export interface SourceOptions extends CommonOptions, SigstoreSettings {
  /** Flags of Flux that were given and do nothing. */
  readonly inertFlags: readonly InertFlag[]
  /** Root of the artifact storage. */
  readonly storagePath: string
  /** Listen address of the file server. */
  readonly storageAddr: string
  /** Host and port under which consumers reach the file server, perhaps with a scheme. */
  readonly storageAdvAddr: string
  readonly artifactRetentionTtlMs: number
  readonly artifactRetentionRecords: number
  readonly artifactDigestAlgo: 'sha256' | 'sha384' | 'sha512' | 'blake3'
  /** Key exchanges that SSH offers, the preferred first; none: the safe ones. */
  readonly sshKexAlgos: readonly string[]
  /** Algorithms of hosts' keys that SSH offers; none: those that known_hosts has keys for. */
  readonly sshHostkeyAlgos: readonly string[]
}

const noHelm = 'Helm sources are not there yet'

const fluxFlags: readonly InertFlag[] = [
  { name: 'helm-index-max-size', instead: noHelm },
  { name: 'helm-chart-max-size', instead: noHelm },
  { name: 'helm-chart-file-max-size', instead: noHelm },
  { name: 'helm-cache-max-size', instead: noHelm },
  { name: 'helm-cache-ttl', instead: noHelm },
  { name: 'helm-cache-purge-interval', instead: noHelm },
]

type Env = Readonly<Record<string, string | undefined>>

const minuteMs = 60_000
/** Named here too, so that what verifies signatures is not loaded for it. */
const publicMirror = 'https://tuf-repo-cdn.sigstore.dev'

/** Parses the command line by Flux's flags and defaults. Throws with a message that names flag, value and cure. */
export function parseOptions(argv: readonly string[], env: Env, tempDir: string): SourceOptions {
  const { command, read } = createCommand(tempDir)
  command.parse([...argv], { from: 'user' })
  return read(env)
}

/** The command with all flags declared, and what reads them once it was parsed. The README's table is made from it. */
export function createCommand(tempDir: string): { command: Command; read: (env: Env) => SourceOptions } {
  const command = controllerCommand('source-controller', 'fetches sources and serves them as artifacts')
  const common = commonFlags(command, {
    gates: featureGates,
    controller: 'source-controller',
    tempDir,
    concurrent: 2,
    env: { metricsAddr: 'METRICS_ADDR', eventsAddr: 'EVENTS_ADDR' },
  })
  const own = { ...ownFlags(command), inertFlags: inertFlags(command, fluxFlags) }
  const read = (env: Env): SourceOptions => {
    const values = Object.fromEntries(Object.entries(own).map(([name, readFlag]) => [name, readFlag(env)]))
    const options = { ...common(env), ...values } as SourceOptions
    const advertised =
      options.storageAdvAddr || advertisedAddressOf(options.storageAddr, env['HOSTNAME'] ?? 'localhost')
    checkAccount(options)
    checkMirror(options)
    return { ...options, storageAdvAddr: advertised }
  }
  return { command, read }
}

// as Flux: an account that may not be used is a mistake that nobody would notice
function checkAccount({ defaultServiceAccount, features }: SourceOptions): void {
  if (defaultServiceAccount === '' || features.enabled('ObjectLevelWorkloadIdentity')) return
  const message = '--default-service-account needs --feature-gates=ObjectLevelWorkloadIdentity=true'
  throw new RuntimeError('FlagInvalid', message)
}

// the public instance's root metadata vouches for nobody else's repository
function checkMirror({ sigstoreMirror, sigstoreRootJson }: SourceOptions): void {
  if (sigstoreMirror === '') return
  if (!['http:', 'https:'].includes(URL.parse(sigstoreMirror)?.protocol ?? '')) {
    throw new RuntimeError('FlagInvalid', `--sigstore-mirror: '${sigstoreMirror}' is no URL with http or https`)
  }
  if (sigstoreRootJson !== '' || sigstoreMirror.replace(/(?<!\/)\/+$/, '') === publicMirror) return
  const message =
    '--sigstore-mirror needs --sigstore-root-json, the root.json of that repository, which vouches for the rest'
  throw new RuntimeError('FlagInvalid', message)
}

function ownFlags(command: Command) {
  const text = (name: string, value: string, description: string, variable: string) =>
    declareFlag(command, { name, default: value, description, parse: textFlag, env: variable })
  const list = (name: string, description: string) =>
    declareFlag<readonly string[]>(command, { name, default: [], description, parse: listFlag })
  return {
    storagePath: text('storage-path', '/data', 'root of the artifact storage', 'STORAGE_PATH'),
    storageAddr: text('storage-addr', ':9090', 'address that the artifact server listens on', 'STORAGE_ADDRESS'),
    storageAdvAddr: text('storage-adv-addr', '', 'address under which artifacts are advertised', 'STORAGE_ADV_ADDR'),
    sigstoreMirror: text(
      'sigstore-mirror',
      '',
      "TUF repository of Sigstore's trusted root; by default that of the public instance",
      'TUF_MIRROR',
    ),
    sigstoreRootJson: text(
      'sigstore-root-json',
      '',
      'file with the root.json that this repository begins with',
      'TUF_ROOT_JSON',
    ),
    sigstoreCache: text(
      'sigstore-cache',
      '',
      'directory in which the trusted root is kept; by default one in the storage',
      'TUF_ROOT',
    ),
    artifactRetentionTtlMs: declareFlag(command, {
      name: 'artifact-retention-ttl',
      default: minuteMs,
      defaultText: formatDuration(minuteMs),
      description: 'how long artifacts that were replaced are kept',
      parse: durationFlag(),
    }),
    artifactRetentionRecords: declareFlag(command, {
      name: 'artifact-retention-records',
      default: 2,
      description: 'how many artifacts of an object are kept',
      parse: integerFlag(1),
    }),
    artifactDigestAlgo: declareFlag<SourceOptions['artifactDigestAlgo']>(command, {
      name: 'artifact-digest-algo',
      default: 'sha256',
      description: 'sha256, sha384, sha512 or blake3',
      parse: wordFlag(['sha256', 'sha384', 'sha512', 'blake3'] as const),
    }),
    sshKexAlgos: list('ssh-kex-algos', 'key exchange algorithms of SSH, the most preferred first, with commas'),
    sshHostkeyAlgos: list('ssh-hostkey-algos', 'algorithms of SSH host keys, the most preferred first, with commas'),
  }
}
