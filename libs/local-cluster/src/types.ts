// SPDX-License-Identifier: Apache-2.0

/** The processes of a cluster, in start order. */
export const COMPONENTS = [
  'etcd',
  'nats-server',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const

/** One process of a cluster. */
export type ComponentName = (typeof COMPONENTS)[number]

/** One account on the bus with the least it needs; subjects may carry the NATS wildcards `*` and `>`. */
export interface NatsUser {
  readonly name: string
  /** Subjects it may publish to; empty allows none. */
  readonly publish: readonly string[]
  /** Subjects it may subscribe to; empty allows none. Name its inbox prefix here if it makes requests. */
  readonly subscribe: readonly string[]
}

/** Which optional parts run; all do by default. The scheduler, the controller manager and KWOK make pods Ready together. */
export interface ComponentChoice {
  readonly scheduler?: boolean
  readonly controllerManager?: boolean
  readonly kwok?: boolean
  readonly nats?: boolean
}

/** Where binaries come from: found ones are used, the rest is built once into the cache. */
export interface BinaryOptions {
  /** The per-user cache, such as `~/.cache/tidelock`. */
  readonly cacheDir: string
  /** A folder with kube-apiserver and etcd (what `KUBEBUILDER_ASSETS` names); wins over everything else. */
  readonly assetsDir?: string
  /** A `PATH` to look for `go` and for ready binaries of a fit version. Absent: the usual system folders. */
  readonly searchPath?: string
  readonly components?: ComponentChoice
  /** Gets plain lines on slow work. Absent: silent. */
  readonly onProgress?: (line: string) => void
  readonly signal?: AbortSignal
}

/** How to start one component. */
export interface Binary {
  readonly path: string
  /** What stands before the component's own arguments. */
  readonly args: readonly string[]
  /** True for a binary of ours, which watches its lifeline itself; a foreign one is started through the tools binary. */
  readonly own: boolean
}

/** What `ensureBinaries` found or built. */
export interface Binaries {
  /** Our small tool: makes certificates, and binds foreign processes to the life of their parent. */
  readonly tools: string
  readonly components: Readonly<Partial<Record<ComponentName, Binary>>>
}

/** How a cluster is to be. */
export interface LocalClusterOptions extends BinaryOptions {
  /** All state, keys, logs; made with mode 0700. The same folder again brings the same cluster back, ports included. */
  readonly dataDir: string
  readonly natsUsers?: readonly NatsUser[]
  /** Write an API server audit log at level Metadata to this file, one JSON event a line. Absent: no audit. */
  readonly auditLogPath?: string
  /** Let etcd sync to disk as in production. Default false: state survives killed processes but not a power cut. */
  readonly durable?: boolean
  /** Bound on each wait for a component to come up; default 60 000. */
  readonly startTimeoutMs?: number
  /** Called when a process ends that nobody asked to end; the API server's clients are then started again. */
  readonly onUnexpectedExit?: (component: ComponentName, how: string) => void
}

/** A running control plane on loopback. The caller owns it and calls `stop`; it also ends when the caller's process dies. */
export interface LocalCluster {
  /** Kubeconfig of an administrator, mode 0600. */
  readonly kubeconfigPath: string
  /** Such as `https://127.0.0.1:41234`. */
  readonly server: string
  /** PEM file of the authority that signed the API server's certificate. */
  readonly caFile: string
  /** Such as `nats://127.0.0.1:41235`; empty without NATS. */
  readonly natsUrl: string
  readonly dataDir: string
  readonly logsDir: string
  /** Process ids of what runs now. */
  readonly pids: Readonly<Partial<Record<ComponentName, number>>>
  /** The file (mode 0600) with the nkey seed of a user; `admin` always exists. Throws `UnknownUser`. */
  readonly natsSeedFile: (user: string) => string
  /** Ends all processes in order; returns when they are gone. Safe to call twice. */
  stop(): Promise<void>
  /** Ends the component in order if it runs, starts it on its old port and waits until it serves. */
  restart(component: ComponentName): Promise<void>
  /** Starts a component that was killed or ended and waits until it serves. */
  start(component: ComponentName): Promise<void>
  /** Sends a signal (default SIGKILL) and does not wait. Throws `NotRunning`. */
  kill(component: ComponentName, signal?: NodeJS.Signals): void
  /** Resolves when the component's process is gone; at once if it does not run. */
  exited(component: ComponentName): Promise<void>
}
