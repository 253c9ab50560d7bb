// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { at, parseJsonObject } from '../json.ts'

/** The payload type of a DSSE envelope that carries an in-toto statement. */
const inTotoPayload = 'application/vnd.in-toto+json'
const maxSubjects = 1024

/**
 * Holds an in-toto statement to the artifact: one of its subjects must have the manifest's digest. What it says of the
 * artifact (its predicate) does not matter, as to Flux. Throws `Unverified`.
 */
export function checkStatement(payloadType: string, payload: Uint8Array, digest: string): void {
  if (payloadType !== inTotoPayload) throw new VerifyError('Unverified', 'the signed envelope is no in-toto statement')
  const statement = parseJsonObject('the in-toto statement', payload)
  const type = at(statement, '_type')
  if (typeof type !== 'string' || !type.startsWith('https://in-toto.io/Statement/')) {
    throw new VerifyError('Unverified', 'the signed envelope is no in-toto statement')
  }
  const subjects = at(statement, 'subject')
  if (!Array.isArray(subjects) || subjects.length > maxSubjects) {
    throw new VerifyError('Unverified', `the in-toto statement must have at most ${maxSubjects} subjects`)
  }
  const [algorithm = '', hex = ''] = digest.split(':')
  if (!subjects.some((subject) => at(subject, 'digest', algorithm) === hex)) {
    throw new VerifyError('Unverified', 'the signature is of another artifact')
  }
}
