// SPDX-License-Identifier: Apache-2.0
import { RuntimeError } from './errors.ts'

/** Where a server listens; `host` undefined is every interface. */
export interface ListenAddress {
  readonly host: string | undefined
  readonly port: number
}

/**
 * Reads Go's form `host:port` or `:port`. Undefined for '' and '0', which turn a server off. Throws `FlagInvalid`.
 */
export function parseListenAddress(flag: string, text: string): ListenAddress | undefined {
  if (text === '' || text === '0') return undefined
  const match = /^(?:\[(?<six>[0-9a-fA-F:.%]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.['port'])
  if (match === null || port > 65_535)
    throw new RuntimeError('FlagInvalid', `${flag}: '${text}' must be host:port, :port, or 0 for none`)
  const host = match.groups?.['six'] ?? match.groups?.['host'] ?? ''
  return { host: host === '' ? undefined : host, port }
}
