// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { toHttpError } from './http-error.ts'

it('keeps the advice of Node to those who start it out of what is wrong with a certificate', () => {
  const advice = 'if the root CA is installed locally, try running Node.js with --use-system-ca'
  const failure = Object.assign(new Error(`self-signed certificate; ${advice}`), {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  })
  const error = toHttpError(failure, { method: 'GET', url: 'https://host/' })
  expect(error).toMatchObject({ code: 'TlsFailed' })
  expect(errorMessage(error)).toBe('GET https://host/: TLS failed: self-signed certificate')
})
