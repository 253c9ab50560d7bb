// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'

/** A token of RFC 9110, 5.6.2. */
const nameForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** RFC 9110, 5.5: no control characters but the tab. */
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const forbidden = /[\x00-\x08\x0a-\x1f\x7f]/
/** They say how the connection is used, which the sender alone knows; the HTTP client refuses them. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/**
 * Throws `InvalidConfig` for headers that cannot be sent: it says where they stand, the name of the header or, where that is wrong, its
 * number, and the cure; never the value.
 */
export function checkHeaders(headers: Readonly<Record<string, string>>, where: string): void {
  for (const [index, [name, value]] of Object.entries(headers).entries()) {
    if (!nameForm.test(name))
      throw invalid(`${where}: the name of header ${index + 1} is none of HTTP; use letters, digits and hyphens only`)
    if (ofTheConnection.has(name.toLowerCase()))
      throw invalid(`${where}: the header '${name}' is set by the controller alone; remove it`)
    if (forbidden.test(value))
      throw invalid(
        `${where}: the value of the header '${name}' holds a line break or another control character; write it on one line, without a line break at its end`,
      )
  }
}

/** A value as it goes over the wire, where each character is a byte: in UTF-8, as Flux sends it. */
export function headerBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1')
}

function invalid(message: string): NotificationError {
  return new NotificationError('InvalidConfig', message)
}
