// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import { isWithin, parseDistinguishedName, type DistinguishedName } from './distinguished-name.ts'
import { isScope } from './scope.ts'
import { toLevel, type Level } from './verification-level.ts'

/** One statement of a trust policy. */
export interface TrustPolicyStatement {
  readonly name: string
  readonly scopes: readonly string[]
  /** Absent: signatures of these artifacts are not verified. */
  readonly level: Level | undefined
  /** The kinds of trust stores that it names; what they are called does not matter here. */
  readonly stores: ReadonlySet<StoreType>
  /** Whose certificates count; absent: everyone's that the trust stores vouch for. */
  readonly identities: readonly DistinguishedName[] | undefined
  /** Whether a timestamp is looked at only when the certificates have expired. */
  readonly timestampAfterExpiry: boolean
}

/** A kind of trust store. */
type StoreType = 'ca' | 'signingAuthority' | 'tsa'

/** A checked trust policy for OCI artifacts. */
export type TrustPolicy = readonly TrustPolicyStatement[]

/**
 * Reads a `trustpolicy.json` of version 1.0. A statement of level `skip` may name trust stores and identities: they are left
 * out, as Flux does. Throws `InvalidKey`, naming the statement, for anything else that the specification forbids.
 */
export function parseTrustPolicy(text: string): TrustPolicy {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new VerifyError('InvalidKey', 'the trust policy is not JSON', { cause })
  }
  if (!isObject(json)) throw new VerifyError('InvalidKey', 'the trust policy is not a JSON object')
  if (field(json, 'version') !== '1.0') throw new VerifyError('InvalidKey', 'the trust policy must be of version 1.0')
  const policies = field(json, 'trustPolicies')
  if (!Array.isArray(policies) || policies.length === 0)
    throw new VerifyError('InvalidKey', 'the trust policy has no statements')
  const statements = policies.map(toStatement)
  checkUnique(
    'the name',
    statements.map((statement) => statement.name),
  )
  checkUnique(
    'the registry scope',
    statements.flatMap((statement) => statement.scopes),
  )
  return statements
}

/** The statement for artifacts of a repository, by any of its names: the one that names it, else that for `*`. Throws `Unverified`. */
export function statementFor(policy: TrustPolicy, names: readonly string[]): TrustPolicyStatement {
  const found =
    policy.find((statement) => statement.scopes.some((scope) => names.includes(scope))) ??
    policy.find((statement) => statement.scopes.includes('*'))
  if (found === undefined) {
    throw new VerifyError(
      'Unverified',
      `no statement of the trust policy is for '${names[0]}': name it, or '*', among its registryScopes`,
    )
  }
  return found
}

function toStatement(value: unknown): TrustPolicyStatement {
  const name = isObject(value) ? field(value, 'name') : undefined
  if (!isObject(value) || typeof name !== 'string' || name === '') {
    throw new VerifyError('InvalidKey', 'a statement of the trust policy has no name')
  }
  try {
    return readStatement(name, value)
  } catch (cause) {
    throw new VerifyError('InvalidKey', `the statement '${name}' of the trust policy is not valid`, { cause })
  }
}

function readStatement(name: string, value: JsonObject): TrustPolicyStatement {
  const verification = field(value, 'signatureVerification')
  const settings = isObject(verification) ? verification : {}
  const level = toLevel(field(settings, 'level'), field(settings, 'override'))
  const timestamp = field(settings, 'verifyTimestamp') ?? ''
  if (timestamp !== '' && timestamp !== 'always' && timestamp !== 'afterCertExpiry') {
    throw new VerifyError('InvalidKey', 'verifyTimestamp must be always or afterCertExpiry')
  }
  const scopes = readScopes(strings(value, 'registryScopes'))
  const timestampAfterExpiry = timestamp === 'afterCertExpiry'
  if (level === undefined) return { name, scopes, level, stores: new Set(), identities: [], timestampAfterExpiry }
  const stores = new Set(strings(value, 'trustStores').map(storeType))
  const names = strings(value, 'trustedIdentities')
  if (stores.size === 0 || names.length === 0)
    throw new VerifyError('InvalidKey', 'trustStores and trustedIdentities must both be given')
  return { name, scopes, level, stores, identities: readIdentities(names), timestampAfterExpiry }
}

function readScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0) throw new VerifyError('InvalidKey', 'registryScopes must name at least one repository, or *')
  if (scopes.length > 1 && scopes.includes('*'))
    throw new VerifyError('InvalidKey', 'the registry scope * must stand alone')
  const wrong = scopes.find((scope) => scope !== '*' && !isScope(scope))
  if (wrong !== undefined)
    throw new VerifyError(
      'InvalidKey',
      `the registry scope '${wrong}' must be a repository as in ghcr.io/org/app, without scheme and tag`,
    )
  return scopes
}

function storeType(store: string): StoreType {
  const [type, name] = [store.slice(0, store.indexOf(':')), store.slice(store.indexOf(':') + 1)]
  if (!store.includes(':') || !/^[a-zA-Z0-9_.-]+$/.test(name)) {
    throw new VerifyError('InvalidKey', `the trust store '${store}' must have the form <type>:<name>`)
  }
  if (type !== 'ca' && type !== 'signingAuthority' && type !== 'tsa') {
    throw new VerifyError('InvalidKey', `the trust store '${store}' must be of the type ca, signingAuthority or tsa`)
  }
  return type
}

function readIdentities(names: readonly string[]): readonly DistinguishedName[] | undefined {
  if (names.includes('*')) {
    if (names.length > 1) throw new VerifyError('InvalidKey', 'the trusted identity * must stand alone')
    return undefined
  }
  const parsed = names.map(readIdentity).filter((identity) => identity !== undefined)
  const overlap = parsed.some((one, i) => parsed.some((other, j) => i !== j && isWithin(one, other)))
  if (overlap) throw new VerifyError('InvalidKey', 'one trusted identity includes another')
  return parsed
}

/** Identities of other kinds are for plugins, of which there are none: they match no one. */
function readIdentity(identity: string): DistinguishedName | undefined {
  const at = identity.indexOf(':')
  if (at < 0)
    throw new VerifyError(
      'InvalidKey',
      `the trusted identity '${identity}' must have the form x509.subject:<distinguished name>`,
    )
  return identity.slice(0, at) === 'x509.subject' ? parseDistinguishedName(identity.slice(at + 1)) : undefined
}

/** A field by its name, else by its name in another case: Go reads JSON so, and no check may get lost by it. */
function field(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : object[key]
}

function strings(object: JsonObject, name: string): readonly string[] {
  const value = field(object, name) ?? []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new VerifyError('InvalidKey', `${name} must be a list of texts`)
  return value
}

function checkUnique(what: string, values: readonly string[]): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (twice !== undefined)
    throw new VerifyError('InvalidKey', `${what} '${twice}' stands in two statements of the trust policy`)
}
