// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { createOcspRequest } from './ocsp-request.ts'
import { parseOcspResponse } from './ocsp-response.ts'
import { parseRevocationList } from './revocation-list.ts'
import type { RevocationChecker, RevocationStatus } from './revocation.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const limits = { servers: 5, answerBytes: 64 * 1024, listBytes: 32 * 1024 * 1024 }
/** How far a responder's clock may be ahead of ours. */
const skewMs = 5 * 60_000

/** What is asked of a server that a certificate names. */
export interface RevocationRequest {
  readonly url: string
  /** Sent with POST; absent: GET. */
  readonly body?: { readonly mediaType: string; readonly bytes: Uint8Array }
  readonly maxBytes: number
}

/** How a checker reaches the servers that certificates name. */
export interface RevocationSources {
  /** Reads an answer of at most `maxBytes`; absent when it cannot be had. Throws the signal's reason only. */
  fetch(request: RevocationRequest, signal: AbortSignal): Promise<Uint8Array | undefined>
  now(): Date
}

/**
 * A checker that asks the OCSP servers that a certificate names, one after the other until one knows it, and then, while nothing is
 * known, reads its lists of revoked certificates (CRL): each must be there, signed by the issuer and of now. As notation does.
 */
export function createRevocationChecker(sources: RevocationSources): RevocationChecker {
  return {
    check: (certificate, issuer, signal) => check({ certificate, issuer, sources, signal }),
  }
}

interface Question {
  readonly certificate: SigningCertificate
  readonly issuer: SigningCertificate
  readonly sources: RevocationSources
  readonly signal: AbortSignal
}

async function check(question: Question): Promise<RevocationStatus> {
  const { ocsp, lists } = question.certificate.revocation
  for (const url of ocsp.slice(0, limits.servers)) {
    const answer = await askServer(url, question)
    if (answer === 'good' || answer === 'revoked') return answer
    // one that was asked and does not know it speaks for the others
    if (answer === 'unknown') break
  }
  if (lists.length === 0 || lists.length > limits.servers) return 'unknown'
  const statuses: RevocationStatus[] = []
  for (const url of lists) statuses.push(await checkList(url, question))
  if (statuses.includes('revoked')) return 'revoked'
  return statuses.includes('unknown') ? 'unknown' : 'good'
}

/** The answer of a server; absent when it gave none that holds. */
async function askServer(url: string, question: Question): Promise<RevocationStatus | undefined> {
  const { certificate, issuer, sources, signal } = question
  if (!isPlain(url)) return undefined
  const bytes = createOcspRequest(certificate, issuer)
  const body = { mediaType: 'application/ocsp-request', bytes }
  const response = await sources.fetch({ url, body, maxBytes: limits.answerBytes }, signal)
  return response === undefined
    ? undefined
    : heed(() => {
        const now = sources.now()
        const answer = parseOcspResponse(response, { certificate, issuer, now })
        if (answer.status === 'revoked') return 'revoked'
        const isBegun = answer.thisUpdate.getTime() <= now.getTime() + skewMs
        const isCurrent = isBegun && answer.nextUpdate !== undefined && now <= answer.nextUpdate
        return isCurrent ? answer.status : undefined
      })
}

async function checkList(url: string, { certificate, issuer, sources, signal }: Question): Promise<RevocationStatus> {
  if (!isPlain(url)) return 'unknown'
  const bytes = await sources.fetch({ url, maxBytes: limits.listBytes }, signal)
  const status =
    bytes === undefined
      ? undefined
      : heed(() => {
          const list = parseRevocationList(bytes, issuer)
          if (list.has(certificate.serialNumber)) return 'revoked'
          const now = sources.now()
          const isCurrent = list.nextUpdate !== undefined && list.thisUpdate <= now && now <= list.nextUpdate
          return isCurrent ? 'good' : undefined
        })
  return status ?? 'unknown'
}

/** Answers and lists are signed, and their servers speak plain HTTP by rule. */
function isPlain(url: string): boolean {
  return URL.parse(url)?.protocol === 'http:'
}

/** What an answer says; absent when it does not hold. */
function heed(read: () => RevocationStatus | undefined): RevocationStatus | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof VerifyError) return undefined
    throw error
  }
}
