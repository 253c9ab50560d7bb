// SPDX-License-Identifier: Apache-2.0

/** What was measured of Flux with one number of apps. Times in seconds, memory in MiB. */
export interface FluxFigures {
  readonly apps: number
  readonly coldSeconds: number
  readonly coldCpuSeconds: number
  readonly coldRequests: number
  readonly changeLiveSeconds: number
  readonly changeAllSeconds: number
  readonly changeCpuSeconds: number
  readonly changeRequests: number
  /** Peak resident memory of the source and the kustomize controller. */
  readonly sourcePeakMiB: number
  readonly kustomizePeakMiB: number
}

/** How the figures below came about. */
export const fluxMeasurement = {
  version: 'Flux 2.9 (source-controller 1.9.1, kustomize-controller 1.9.4, native Go)',
  machine: '2 cores, everything on one machine; kube-apiserver 1.36.3, no kubelet',
  workload:
    'a monorepo of N apps (Deployment, Service, ServiceAccount, Ingress each), one GitRepository, N Kustomizations, concurrency 20',
  method: "measured with watches, the yardstick's own requests taken off",
  /** Its next interval was 10 minutes away. */
  handEdit: 'not within 20 s',
} as const

/** The figures by number of apps. */
export const fluxFigures: readonly FluxFigures[] = [
  {
    apps: 100,
    coldSeconds: 10.5,
    coldCpuSeconds: 11.4,
    coldRequests: 2882,
    changeLiveSeconds: 10.4,
    changeAllSeconds: 16,
    changeCpuSeconds: 21.6,
    changeRequests: 1876,
    sourcePeakMiB: 101,
    kustomizePeakMiB: 167,
  },
  {
    apps: 500,
    coldSeconds: 329,
    coldCpuSeconds: 525,
    coldRequests: 15_758,
    changeLiveSeconds: 156,
    changeAllSeconds: 320,
    changeCpuSeconds: 524,
    changeRequests: 8772,
    sourcePeakMiB: 110,
    kustomizePeakMiB: 168,
  },
]
