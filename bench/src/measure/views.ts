// SPDX-License-Identifier: Apache-2.0
import { kustomizationKind } from '@tidelock/api'
import type { Kind, KubeObject, Kustomization } from '@tidelock/api'
import { Informer } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import { appNamespace } from '../workload/app.ts'
import { systemNamespace } from '../workload/objects.ts'

/** What the yardstick keeps of an object. */
export interface View {
  readonly name: string
  readonly uid: string
}

/** What it keeps of a Kustomization. */
export interface KustomizationView extends View {
  /** Ready is True and about the newest generation. */
  readonly ready: boolean
  readonly message: string
  readonly revision: string
}

/** What it keeps of a Deployment. */
export interface DeploymentView extends View {
  readonly image: string
}

const deploymentKind: Kind = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
}
const serviceKind: Kind = { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true }

/** Follows the Kustomizations. */
export function kustomizationInformer(client: KubeClient): Informer<KustomizationView> {
  return new Informer({ client, kind: kustomizationKind, namespace: systemNamespace, project: toKustomizationView })
}

/** Follows the apps' Deployments. */
export function deploymentInformer(client: KubeClient): Informer<DeploymentView> {
  return new Informer({ client, kind: deploymentKind, namespace: appNamespace, project: toDeploymentView })
}

/** Follows the apps' Services, by metadata alone. */
export function serviceInformer(client: KubeClient): Informer<View> {
  return new Informer({ client, kind: serviceKind, namespace: appNamespace, metadataOnly: true, project: toView })
}

function toView({ metadata }: KubeObject): View {
  return { name: metadata.name, uid: metadata.uid ?? '' }
}

/** Exported for its test. */
export function toKustomizationView(object: KubeObject): KustomizationView {
  const { metadata, status } = object as unknown as Kustomization
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return {
    ...toView(object),
    ready: ready?.status === 'True' && status?.observedGeneration === metadata.generation,
    message: ready?.message ?? 'it was not reconciled yet',
    revision: status?.lastAppliedRevision ?? '',
  }
}

function toDeploymentView(object: KubeObject): DeploymentView {
  const { spec } = object as { spec?: { template?: { spec?: { containers?: { image?: string }[] } } } }
  return { ...toView(object), image: spec?.template?.spec?.containers?.[0]?.image ?? '' }
}
