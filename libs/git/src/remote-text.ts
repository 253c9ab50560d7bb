// SPDX-License-Identifier: Apache-2.0

/** Text that a server sent, fit for a message: one line, no control characters, at most 300 characters. */
export function remoteText(bytes: Uint8Array | string): string {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
