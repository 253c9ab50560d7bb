// SPDX-License-Identifier: Apache-2.0

interface Statement {
  name?: unknown
  registryScopes?: unknown
  signatureVerification?: { level?: unknown }
  trustStores?: unknown
  trustedIdentities?: unknown
}

const levels = ['strict', 'permissive', 'audit', 'skip']

/** What is wrong with a trust policy of Notation, by its specification; undefined if nothing is. */
export function checkTrustPolicy(policy: unknown): string | undefined {
  const { version, trustPolicies } = (policy ?? {}) as { version?: unknown; trustPolicies?: unknown }
  if (!version) return 'trust policy document has empty version, version must be specified'
  if (version !== '1.0') return `trust policy document uses unsupported version ${JSON.stringify(version)}`
  if (!Array.isArray(trustPolicies) || trustPolicies.length === 0)
    return 'trust policy document can not have zero trust policy statements'
  const statements = trustPolicies as Statement[]
  const names = statements.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return `multiple trust policy statements use the same name ${JSON.stringify(twice)}`
  const scopes = statements.flatMap(({ registryScopes }) => (Array.isArray(registryScopes) ? registryScopes : []))
  const shared = scopes.find((scope, at) => scopes.indexOf(scope) !== at)
  if (shared !== undefined)
    return `registry scope ${JSON.stringify(shared)} is present in multiple trust policy statements`
  return statements.map(checkStatement).find((problem) => problem !== undefined)
}

function checkStatement(statement: Statement): string | undefined {
  const { name, registryScopes, signatureVerification, trustStores, trustedIdentities } = statement
  if (typeof name !== 'string' || name === '') return 'a trust policy statement is missing a name'
  const subject = `trust policy statement "${name}"`
  const level = signatureVerification?.level
  if (typeof level !== 'string' || !levels.includes(level))
    return `${subject} has invalid signatureVerification: level must be one of ${levels.join(', ')}`
  if (isEmpty(registryScopes)) return `${subject} has zero registry scopes, it must specify registry scopes`
  if (level === 'skip')
    return isEmpty(trustStores) && isEmpty(trustedIdentities)
      ? undefined
      : `${subject} is set to skip signature verification but configured with trust stores and/or trusted identities`
  return isEmpty(trustStores) || isEmpty(trustedIdentities)
    ? `${subject} is either missing trust stores or trusted identities, both must be specified`
    : undefined
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0
}
