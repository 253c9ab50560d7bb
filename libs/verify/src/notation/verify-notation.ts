// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { layersOf } from '../manifest.ts'
import { readLayer } from '../read-layer.ts'
import { cut, noneMatches } from '../reasons.ts'
import type { ContentDescriptor, SignatureStore } from '../signature-store.ts'
import { checkEnvelope, signerOf, type LoggedFailure, type VerifyingStatement } from './check-envelope.ts'
import { verifyCose } from './cose.ts'
import { refused, type SignedEnvelope } from './envelope.ts'
import { verifyJws } from './jws.ts'
import { checkPayload } from './payload.ts'
import { statementFor } from './trust-policy.ts'
import type { NotationTrust } from './trust.ts'

const signatureType = 'application/vnd.cncf.notary.signature'
/** As many signatures as Flux looks at, and a bound for one. */
const limits = { signatures: 3, bytes: 4 * 1024 * 1024 }

/** What is to be verified, by whose signatures, and where these are. */
export interface NotationRequest {
  /** The repository with its registry, as in `ghcr.io/org/app`, by all its names: what the policy's scopes name. */
  readonly repositories: readonly string[]
  /** The artifact's manifest. */
  readonly artifact: ContentDescriptor
  readonly store: SignatureStore
  readonly trust: NotationTrust
  readonly signal: AbortSignal
}

/**
 * What came of it. `ignored`: the policy asks for no verification, or only logs that no one trusted signed; the artifact may be
 * used, and is not verified.
 */
export interface NotationOutcome {
  readonly outcome: 'verified' | 'ignored'
  /** The name in the signer's certificate; absent where nothing was verified. */
  readonly signer?: string
  readonly logged: readonly LoggedFailure[]
}

/**
 * Finds a signature of the artifact that holds by the trust policy's statement for its repository. Throws `NoSignature`,
 * `Unverified` when none of the first three holds, and the store's error when the registry does not answer.
 */
export async function verifyNotation(request: NotationRequest): Promise<NotationOutcome> {
  const { level, ...statement } = statementFor(request.trust.policy, request.repositories)
  if (level === undefined) return { outcome: 'ignored', logged: [] }
  const referrers = (await request.store.referrers(request.artifact.digest, request.signal)).filter(isSignature)
  const failures: VerifyError[] = []
  for (const referrer of referrers.slice(0, limits.signatures)) {
    try {
      return await verifyReferrer(request, referrer, { ...statement, level })
    } catch (error) {
      if (!(error instanceof VerifyError)) throw error
      failures.push(error)
    }
  }
  if (failures.length === 0) throw new VerifyError('NoSignature', 'no signature is associated with the artifact')
  const isMore = referrers.length > limits.signatures
  throw noneMatches(failures, isMore ? `; no more than ${limits.signatures} signatures are looked at` : '')
}

function isSignature(referrer: ContentDescriptor): boolean {
  return referrer.artifactType === signatureType
}

async function verifyReferrer(
  request: NotationRequest,
  referrer: ContentDescriptor,
  statement: VerifyingStatement,
): Promise<NotationOutcome> {
  const manifest = await request.store.manifest(referrer.digest, request.signal)
  const layers = manifest === undefined ? [] : layersOf(manifest)
  const [layer] = layers
  if (layer === undefined || layers.length !== 1) throw refused('a signature of the artifact has no single layer')
  const bytes = await readLayer(request.store, layer, { what: 'signature', maxBytes: limits.bytes }, request.signal)
  if (bytes instanceof VerifyError) throw bytes
  const envelope = readEnvelope(layer.mediaType, bytes)
  const logged = await checkEnvelope(envelope, statement, request.trust, request.signal)
  checkPayload(envelope, request.artifact)
  const isTrusted = logged.every((failure) => failure.check !== 'authenticity')
  return { outcome: isTrusted ? 'verified' : 'ignored', signer: cut(signerOf(envelope)), logged }
}

const readers: ReadonlyMap<string, (bytes: Uint8Array) => SignedEnvelope> = new Map([
  ['application/jose+json', verifyJws],
  ['application/cose', verifyCose],
])

/** What a parser throws on bytes of a stranger counts as a signature that does not hold. */
function readEnvelope(mediaType: string, bytes: Uint8Array): SignedEnvelope {
  try {
    const reader = readers.get(mediaType)
    if (reader === undefined) throw refused('a signature of the artifact is in an unknown form')
    return reader(bytes)
  } catch (error) {
    throw error instanceof VerifyError ? error : refused('the signature cannot be read', error)
  }
}
