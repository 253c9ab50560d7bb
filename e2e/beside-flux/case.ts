// SPDX-License-Identifier: Apache-2.0
import type { ObjectInput, ObjectRef } from '@tidelock/kube'

/** Content of a repository by path; null takes a file out. */
export type Files = Readonly<Record<string, string | null>>

/** Names that differ between the two sides; everything else is equal. */
export interface Names {
  /** `fluxx` for Flux, `tidel` for Tidelock: equally long, and taken out before the sides are compared. */
  readonly side: string
  /** Where the controllers' own objects are. */
  readonly system: string
  /** A namespace of this case. */
  readonly app: string
  /** A kubeconfig of the cluster, with all rights. */
  readonly kubeconfig: string
}

/** A part of an object, as JSON. */
export type Json = Readonly<Record<string, unknown>>

/** One thing that is done to both sides, after which they are looked at. */
export interface Step {
  readonly does: string
  readonly commit?: Files
  /** Merge patch of the Kustomization. */
  readonly patch?: (names: Names) => Json
  readonly apply?: (names: Names) => readonly ObjectInput[]
  readonly remove?: (names: Names) => readonly ObjectRef[]
  /** Asks for a run by the annotation of `flux reconcile`. */
  readonly request?: boolean
  /** Deletes the Kustomization. */
  readonly delete?: boolean
  /** What is waited for: the end of a run (default), or that nothing is written any more. */
  readonly until?: 'settled' | 'quiet'
}

/** One small situation. */
export interface Case {
  /** A DNS label. */
  readonly name: string
  /** Flags of both kustomize controllers; cases with the same ones share them. */
  readonly flags?: readonly string[]
  readonly files: Files
  /** Of the Kustomization, over interval, prune, path, source and target namespace; undefined takes one away. */
  readonly spec?: (names: Names) => Json
  readonly annotations?: Readonly<Record<string, string>>
  /** Objects that are there before the Kustomization is. */
  readonly before?: (names: Names) => readonly ObjectInput[]
  readonly steps?: readonly Step[]
  /** As that of a step, for the first look. */
  readonly until?: 'settled' | 'quiet'
}

/** A ConfigMap. */
export function configMap(name: string, data: Readonly<Record<string, string>>, metadata = ''): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${metadata}data:\n${lines.join('')}`
}

/** A Deployment whose pods behave as told. */
export function deployment(name: string, behaviour?: 'Pending' | 'Unready' | 'Failed'): string {
  const annotations =
    behaviour === undefined ? '' : `      annotations:\n        kwok.tidelock.dev/behaviour: ${behaviour}\n`
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
${annotations}    spec:
      containers:
        - name: app
          image: example.com/app:1.0.0
`
}
