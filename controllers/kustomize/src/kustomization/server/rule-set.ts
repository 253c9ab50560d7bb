// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { KubeObject } from '@tidelock/api'

/** A kind by its place in the API: `deployments` of `apps`. `*` is any. */
export interface Resource {
  readonly group: string
  readonly plural: string
  /** Only objects in these namespaces; absent: anywhere. */
  readonly namespaces?: readonly string[]
}

/** What is kept of a webhook configuration. */
export interface AdmissionRules {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Of all that matters to the objects that it sees: not its certificate, which is renewed now and then. */
  readonly hash: string
  readonly resources: readonly Resource[]
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

interface Webhook {
  readonly namespaceSelector?: Selector
  readonly clientConfig?: { readonly caBundle?: string }
  readonly rules?: readonly { readonly apiGroups?: readonly string[]; readonly resources?: readonly string[] }[]
}

/** Reads a MutatingWebhookConfiguration or ValidatingWebhookConfiguration. */
export function readAdmissionRules({ metadata, webhooks }: KubeObject): AdmissionRules {
  const hooks = Array.isArray(webhooks) ? (webhooks as readonly Webhook[]) : []
  const bare = hooks.map(({ clientConfig: { caBundle: _renewed, ...client } = {}, ...hook }) => ({ ...hook, client }))
  return {
    namespace: '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    hash: createHash('sha256').update(JSON.stringify(bare)).digest('base64'),
    resources: hooks.flatMap(({ rules = [], namespaceSelector }) => {
      const namespaces = namespacesOf(namespaceSelector)
      const only = namespaces === undefined ? {} : { namespaces }
      return rules.flatMap(resourcesOf).map((resource) => ({ ...resource, ...only }))
    }),
  }
}

function resourcesOf(rule: {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
}): Resource[] {
  const plurals = (rule.resources ?? []).flatMap((resource) => {
    const [plural = '', subresource] = resource.split('/')
    // rules for a subresource alone, such as pods/exec, see no object that we apply
    return subresource === undefined || subresource === '*' ? [plural] : []
  })
  return (rule.apiGroups ?? []).flatMap((group) => plurals.map((plural) => ({ group, plural })))
}

const nameLabel = 'kubernetes.io/metadata.name'

/** The namespaces that a selector names by the label that holds their name; undefined when it goes by other labels. */
function namespacesOf({ matchLabels, matchExpressions = [] }: Selector = {}): readonly string[] | undefined {
  const name = matchLabels?.[nameLabel]
  if (name !== undefined) return [name]
  return matchExpressions.find(({ key, operator }) => key === nameLabel && operator === 'In')?.values
}

/** Whether one of the patterns is for objects of the kind in the namespace ('' for those in none). */
export function matchesAny(
  patterns: readonly Resource[],
  { group, plural }: Pick<Resource, 'group' | 'plural'>,
  namespace: string,
): boolean {
  return patterns.some(
    (pattern) =>
      // cluster-wide objects are seen whatever the selector says
      (namespace === '' || pattern.namespaces === undefined || pattern.namespaces.includes(namespace)) &&
      (pattern.group === '*' || pattern.group === group) &&
      (pattern.plural === '*' || pattern.plural === plural),
  )
}

/** The kind that a CustomResourceDefinition of that name defines: `<plural>.<group>`. */
export function definedResource(crdName: string): Resource {
  const dot = crdName.indexOf('.')
  return { plural: crdName.slice(0, dot), group: crdName.slice(dot + 1) }
}
