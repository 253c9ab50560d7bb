// SPDX-License-Identifier: Apache-2.0
import type { Clock, OCIRepository } from '@tidelock/api'
import type { HttpClient } from '@tidelock/http'
import type { SecretData } from '@tidelock/kube'
import type { RepositoryClient } from '@tidelock/oci'
import type { Logger } from '@tidelock/runtime'
import { verifyCosign, verifyNotation } from '@tidelock/verify'
import type { CosignTrust, TrustedRoot } from '@tidelock/verify'
import { readIdentities } from './oidc-identities.ts'
import { revocationOver } from './revocation-sources.ts'
import type { DefaultRoot } from './sigstore.ts'
import { createSignatureStore } from './signature-store.ts'
import { readNotationSecret, readPublicKeys, readTrustedRoot } from './verification-secrets.ts'

/** What is held to `spec.verify`. */
export interface SignedArtifact {
  readonly repository: RepositoryClient
  readonly digest: string
}

/** What verification needs from outside. */
export interface VerificationDependencies {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  readonly http: HttpClient
  readonly defaultRoot: DefaultRoot
  readonly signal: AbortSignal
  /** Reads a Secret of the object's namespace. */
  readonly readSecret: (name: string) => Promise<SecretData>
}

type Verify = NonNullable<OCIRepository['spec']['verify']>

/** `ignored`: the trust policy lets the artifact pass unverified. */
export type Verdict = 'verified' | 'ignored'

/** Holds the signatures of an artifact to `spec.verify`. Throws an Error that says what is wrong with them, or with the settings. */
export async function verifySignatures(
  obj: OCIRepository,
  artifact: SignedArtifact,
  dependencies: VerificationDependencies,
): Promise<Verdict> {
  const { verify } = obj.spec
  if (verify === undefined) return 'ignored'
  const { namespace = '' } = obj.metadata
  if (verify.provider === 'notation') return await withNotation(verify, namespace, artifact, dependencies)
  return await withCosign(verify, namespace, artifact, dependencies)
}

async function withCosign(
  verify: Verify,
  namespace: string,
  { repository, digest }: SignedArtifact,
  dependencies: VerificationDependencies,
): Promise<Verdict> {
  const { signal, log } = dependencies
  const trust = await readCosignTrust(verify, namespace, dependencies)
  try {
    const manifest = (await repository.manifest(digest, { signal })).bytes
    const signature = await verifyCosign({ digest, manifest, store: createSignatureStore(repository), trust, signal })
    const { signer, layout } = signature
    log.info({ provider: 'cosign', digest, signer, layout }, 'verified a signature of the artifact')
    return 'verified'
  } catch (cause) {
    signal.throwIfAborted()
    if (trust.kind === 'keyless') throw cause
    throw new Error(`no matching signatures were found for '${repository.name}@${digest}'`, { cause })
  }
}

async function readCosignTrust(
  verify: Verify,
  namespace: string,
  { readSecret, defaultRoot, signal }: VerificationDependencies,
): Promise<CosignTrust> {
  const { secretRef, trustedRootSecretRef } = verify
  const root =
    trustedRootSecretRef === undefined ? undefined : await readRoot(trustedRootSecretRef.name, namespace, readSecret)
  if (secretRef !== undefined) {
    return { kind: 'keys', keys: readPublicKeys(await readSecret(secretRef.name), `${namespace}/${secretRef.name}`) }
  }
  const identities = readIdentities(verify)
  return { kind: 'keyless', root: root ?? (await fetchRoot(defaultRoot, signal)), identities }
}

async function fetchRoot(defaultRoot: DefaultRoot, signal: AbortSignal): Promise<TrustedRoot> {
  try {
    return await defaultRoot.get(signal)
  } catch (cause) {
    const cure =
      "without access to it, name a Secret with the key 'trusted_root.json' in spec.verify.trustedRootSecretRef, " +
      'or a mirror with --sigstore-mirror'
    throw new Error(`unable to initialize trusted root (${cure})`, { cause })
  }
}

async function readRoot(
  name: string,
  namespace: string,
  readSecret: VerificationDependencies['readSecret'],
): Promise<ReturnType<typeof readTrustedRoot>> {
  const secretName = `${namespace}/${name}`
  try {
    return readTrustedRoot(await readSecret(name), secretName)
  } catch (cause) {
    throw new Error(`failed to read trusted root from secret '${secretName}'`, { cause })
  }
}

async function withNotation(
  verify: Verify,
  namespace: string,
  { repository, digest }: SignedArtifact,
  { clock, http, log, readSecret, signal }: VerificationDependencies,
): Promise<Verdict> {
  const reference = `${repository.name}@${digest}`
  if (verify.secretRef === undefined) throw new Error(`verification secret cannot be empty: '${reference}'`)
  const trust = readNotationSecret(await readSecret(verify.secretRef.name), `${namespace}/${verify.secretRef.name}`)
  const { descriptor } = await repository.manifest(digest, { signal })
  const { outcome, signer, logged } = await verifyNotation({
    repositories: namesOf(repository.name),
    artifact: descriptor,
    store: createSignatureStore(repository),
    trust: { ...trust, revocation: revocationOver(http, clock), now: new Date(clock.now()) },
    signal,
  })
  for (const { check, error } of logged)
    log.info({ digest, check, reason: error.message }, 'a check of a signature failed')
  const told = { provider: 'notation', digest, ...(signer === undefined ? {} : { signer }) }
  if (outcome === 'verified') log.info(told, 'verified a signature of the artifact')
  else log.info(told, 'the trust policy lets the artifact pass unverified')
  return outcome
}

/** Docker Hub has two names: Flux's policies use the longer, those of the notation command the shorter. */
function namesOf(name: string): readonly string[] {
  const [short, long] = ['docker.io/', 'index.docker.io/']
  const path = [long, short].find((prefix) => name.startsWith(prefix))
  return path === undefined ? [name] : [short, long].map((prefix) => prefix + name.slice(path.length))
}
