// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { isRecord, updateAt } from './record.ts'

/** Where the kinds that run pods keep the pod's spec. */
const podSpecs: Readonly<Record<string, readonly string[]>> = {
  'v1/Pod': ['spec'],
  'apps/v1/Deployment': ['spec', 'template', 'spec'],
  'apps/v1/StatefulSet': ['spec', 'template', 'spec'],
  'apps/v1/DaemonSet': ['spec', 'template', 'spec'],
  'apps/v1/ReplicaSet': ['spec', 'template', 'spec'],
  'batch/v1/Job': ['spec', 'template', 'spec'],
  'batch/v1/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

/**
 * Ports get the protocol TCP where they name none: it is part of the key by which server-side apply tells the ports of a
 * list apart, and older API servers do not fill it in before they do.
 */
export function defaultPortProtocols(object: KubeObject): KubeObject {
  if (object.apiVersion === 'v1' && object.kind === 'Service') return updateAt(object, ['spec', 'ports'], withProtocol)
  const path = podSpecs[`${object.apiVersion}/${object.kind}`]
  if (path === undefined) return object
  return ['containers', 'initContainers'].reduce(
    (changed, list) => updateAt(changed, [...path, list], withContainerProtocols),
    object,
  )
}

function withContainerProtocols(containers: unknown): unknown {
  if (!Array.isArray(containers)) return containers
  return containers.map((container: unknown) =>
    isRecord(container) ? updateAt(container, ['ports'], withProtocol) : container,
  )
}

function withProtocol(ports: unknown): unknown {
  if (!Array.isArray(ports)) return ports
  return ports.map((port: unknown) => {
    if (!isRecord(port) || (port['protocol'] !== undefined && port['protocol'] !== '')) return port
    return { ...port, protocol: 'TCP' }
  })
}
