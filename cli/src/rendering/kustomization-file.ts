// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { kustomizationKind, kustomizeGroup } from '@tidelock/api'
import type { KubeObject, Kustomization, KustomizationSpec, ObjectKey } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { parseAllDocuments } from 'yaml'
import type { Tags } from 'yaml'
import { CliError } from '../errors.ts'

/**
 * The Kustomization of that name and namespace (or without one) in a file of one or more YAML documents. Throws `UsageInvalid` where
 * there is none, or the file cannot be read.
 */
export async function readKustomizationFile(path: string, key: ObjectKey): Promise<Kustomization> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw new CliError('UsageInvalid', `invalid kustomization file "${path}"`)
  const documents = parseAll(path, await readFile(path, 'utf8'))
  const match = documents.find(
    (each): each is Kustomization =>
      isKustomization(each) &&
      each.metadata.name === key.name &&
      (each.metadata.namespace || key.namespace) === key.namespace,
  )
  if (match === undefined) {
    const message = `failed to find kustomization with name '${key.name}' and namespace '${key.namespace}' in file '${path}'`
    throw new CliError('UsageInvalid', message)
  }
  return { ...match, metadata: { ...match.metadata, namespace: key.namespace }, spec: withStrings(match.spec) }
}

/** The spec with plain scalars turned to strings in maps of strings, as Go's decoder does: `PORT: 8080`, `enabled: yes`, `SUFFIX:`. */
function withStrings(spec: KustomizationSpec): KustomizationSpec {
  const { postBuild, commonMetadata } = spec
  const { labels, annotations } = commonMetadata ?? {}
  return {
    ...spec,
    ...(postBuild?.substitute ? { postBuild: { ...postBuild, substitute: strings(postBuild.substitute) } } : {}),
    ...(commonMetadata
      ? {
          commonMetadata: {
            ...(labels ? { labels: strings(labels) } : {}),
            ...(annotations ? { annotations: strings(annotations) } : {}),
          },
        }
      : {}),
  }
}

function strings(map: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toText(value)]))
}

function toText(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whether an object is a Kustomization of Flux, in whatever version. */
export function isKustomization(value: unknown): value is Kustomization {
  const { apiVersion, kind, metadata, spec } = (value ?? {}) as Partial<KubeObject>
  return (
    typeof apiVersion === 'string' &&
    apiVersion.startsWith(`${kustomizeGroup}/`) &&
    kind === kustomizationKind.kind &&
    typeof metadata?.name === 'string' &&
    typeof spec === 'object' &&
    spec !== null
  )
}

function parseAll(path: string, text: string): unknown[] {
  try {
    // Kubernetes' own tools read YAML 1.1, with dates as texts
    const documents = parseAllDocuments(text, { version: '1.1', customTags: withoutDates })
    return [...documents].map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0]
      return document.toJS() as unknown
    })
  } catch (cause) {
    throw new CliError('UsageInvalid', `failed to read kustomization file ${path}: ${errorMessage(cause)}`, { cause })
  }
}

function withoutDates(tags: Tags): Tags {
  return tags.filter((each) => typeof each === 'string' || each.tag !== 'tag:yaml.org,2002:timestamp')
}
