// SPDX-License-Identifier: Apache-2.0
import { nearest } from '../../kinds/nearest.ts'
import { CliError } from '../../errors.ts'

/** An object beside the one that was asked for. */
export interface RelatedObject {
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

/** What an object of a kind is made from, by its spec. */
interface FluxKind {
  readonly kind: string
  readonly apiVersion?: string
  readonly related?: (spec: Spec, namespace: string, name: string) => readonly RelatedObject[]
}

interface Reference {
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
}

interface Spec {
  readonly sourceRef?: Reference
  readonly providerRef?: Reference
  readonly imageRepositoryRef?: Reference
  readonly chart?: { readonly spec?: { readonly sourceRef?: Reference } }
}

const refer = (ref: Reference | undefined, namespace: string, kind?: string): readonly RelatedObject[] =>
  ref?.name === undefined
    ? []
    : [{ kind: kind ?? ref.kind ?? '', name: ref.name, namespace: ref.namespace ?? namespace }]

const kinds: readonly FluxKind[] = [
  {
    ...{ kind: 'Kustomization', apiVersion: 'kustomize.toolkit.fluxcd.io/v1' },
    related: ({ sourceRef }, namespace) => refer(sourceRef, namespace),
  },
  {
    ...{ kind: 'HelmRelease', apiVersion: 'helm.toolkit.fluxcd.io/v2' },
    related: ({ chart }, namespace, name) => {
      const [source] = refer(chart?.spec?.sourceRef, namespace)
      if (source === undefined) return []
      return [source, { kind: 'HelmChart', name: `${namespace}-${name}`, namespace: source.namespace }]
    },
  },
  {
    ...{ kind: 'HelmChart', apiVersion: 'source.toolkit.fluxcd.io/v1' },
    related: ({ sourceRef }, namespace) => refer(sourceRef, namespace),
  },
  {
    ...{ kind: 'Alert', apiVersion: 'notification.toolkit.fluxcd.io/v1beta3' },
    related: ({ providerRef }, namespace) => refer(providerRef, namespace, 'Provider'),
  },
  {
    ...{ kind: 'ImagePolicy', apiVersion: 'image.toolkit.fluxcd.io/v1' },
    related: ({ imageRepositoryRef }, namespace) => refer(imageRepositoryRef, namespace, 'ImageRepository'),
  },
  ...['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository', 'ExternalArtifact'].map((kind) => ({ kind })),
  ...['Provider', 'Receiver', 'ImageRepository', 'ImageUpdateAutomation', 'ArtifactGenerator'].map((kind) => ({
    kind,
  })),
]

const byName: ReadonlyMap<string, FluxKind> = new Map(kinds.map((each) => [each.kind.toLowerCase(), each]))

/** Whether events of such objects are shown. */
export function isFluxKind(kind: string | undefined): boolean {
  return byName.has(kind?.toLowerCase() ?? '')
}

/** `kind` or `kind/name`, in any letter case. */
export interface ForSelector extends FluxKind {
  readonly name: string | undefined
}

/** Reads the value of `--for`. Throws UsageInvalid. */
export function parseFor(text: string): ForSelector {
  const [kind = '', name, ...more] = text.split('/')
  if (kind === '' || name === '' || more.length > 0)
    throw new CliError('UsageInvalid', '--for selector must be of format <kind>[/<name>]')
  const found = byName.get(kind.toLowerCase())
  if (found !== undefined) return { ...found, name }
  const hint = nearest(
    kind,
    kinds.map((each) => each.kind),
  )
  throw new CliError('UsageInvalid', `--for: '${kind}' is not a recognized Flux kind${hint}`)
}
