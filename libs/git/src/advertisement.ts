// SPDX-License-Identifier: Apache-2.0
import { GitError, limitExceeded } from './git-error.ts'
import type { Packet, PacketReader } from './pkt-line.ts'
import { remoteText } from './remote-text.ts'

/** A reference as the server lists it. */
export interface RemoteRef {
  readonly name: string
  /** The id it points at. */
  readonly id: string
  /** What an annotated tag points at in the end. */
  readonly peeled?: string
}

/** What a server said about itself at the start. */
export interface Advertisement {
  /** 2, or 0 (which stands for 1, too: they differ in one line only). */
  readonly version: 0 | 2
  /** By name; '' for those without value. */
  readonly capabilities: ReadonlyMap<string, string>
  /** All references; empty with version 2, where they are asked for (`listRefs`). */
  readonly refs: readonly RemoteRef[]
}

const noId = '0'.repeat(40)

/** Reads the answer to `info/refs?service=git-upload-pack`. Throws `ProtocolError`, or `LimitExceeded` beyond `maxRefs`. */
export async function readAdvertisement(reader: PacketReader, maxRefs: number): Promise<Advertisement> {
  const first = await reader.read()
  if (first === undefined) throw new GitError('ProtocolError', 'the server answered with nothing')
  let line = toLine(first)
  if (line?.startsWith('# service=') === true) {
    if (line !== '# service=git-upload-pack')
      throw new GitError('ProtocolError', `the server answered for ${remoteText(line)}`)
    await reader.read()
    line = await readLine(reader)
  }
  if (line === 'version 2') return { version: 2, capabilities: checkFormat(await readCapabilities(reader)), refs: [] }
  if (line === 'version 1') line = await readLine(reader)
  return readReferences(reader, line, maxRefs)
}

/** The next packet as text without its line end; undefined for a special packet or the end. Throws for an `ERR` packet. */
export async function readLine(reader: PacketReader): Promise<string | undefined> {
  const packet = await reader.read()
  return packet === undefined ? undefined : toLine(packet)
}

function toLine(packet: Packet): string | undefined {
  if (packet.kind !== 'data') return undefined
  const line = packet.data.toString('utf8').replace(/\n$/, '')
  if (line.startsWith('ERR ')) throw remoteError(line.slice(4))
  return line
}

/** An error that the server reported in its own words. */
export function remoteError(text: string): GitError {
  const said = remoteText(text)
  if (/\b(repository|project)\b.*\bnot\b.*\b(found|exist)/i.test(said)) {
    return new GitError('RepositoryNotFound', `repository not found: ${said}`)
  }
  return new GitError('ProtocolError', `the server said: ${said}`, { details: { remote: true } })
}

/** Parses `<id> <name>` with version 2's attributes. Throws `ProtocolError`. */
export function parseRefLine(line: string): RemoteRef {
  const [id = '', name = '', ...attributes] = line.split(' ')
  if (!isId(id) || name === '')
    throw new GitError('ProtocolError', `invalid reference line ${JSON.stringify(remoteText(line))}`)
  const peeled = attributes.find((attribute) => attribute.startsWith('peeled:'))?.slice('peeled:'.length)
  if (peeled === undefined) return { name, id }
  if (!isId(peeled)) throw new GitError('ProtocolError', `invalid reference line ${JSON.stringify(remoteText(line))}`)
  return { name, id, peeled }
}

/** Whether the text is a full SHA-1 id in lower case. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

async function readCapabilities(reader: PacketReader): Promise<ReadonlyMap<string, string>> {
  const capabilities = new Map<string, string>()
  for (let line = await readLine(reader); line !== undefined; line = await readLine(reader))
    addCapability(capabilities, line)
  return capabilities
}

function addCapability(capabilities: Map<string, string>, text: string): void {
  const equals = text.indexOf('=')
  if (equals < 0) capabilities.set(text, '')
  else capabilities.set(text.slice(0, equals), text.slice(equals + 1))
}

async function readReferences(
  reader: PacketReader,
  first: string | undefined,
  maxRefs: number,
): Promise<Advertisement> {
  const capabilities = new Map<string, string>()
  const refs = new Map<string, RemoteRef>()
  const zero = first?.indexOf('\0') ?? -1
  if (first !== undefined && zero < 0) throw new GitError('ProtocolError', 'the server did not list its capabilities')
  for (const text of first?.slice(zero + 1).split(' ') ?? []) if (text !== '') addCapability(capabilities, text)
  checkFormat(capabilities)
  for (let line = first?.slice(0, zero); line !== undefined; line = await readLine(reader)) {
    if (line.startsWith('shallow ')) continue
    const ref = parseRefLine(line)
    // an empty repository lists its capabilities with this placeholder
    if (ref.id === noId) continue
    addRef(refs, ref)
    if (refs.size > maxRefs) throw limitExceeded('refs', `the server lists more than ${maxRefs} references`)
  }
  return { version: 0, capabilities, refs: [...refs.values()] }
}

function addRef(refs: Map<string, RemoteRef>, ref: RemoteRef): void {
  const peels = ref.name.endsWith('^{}') ? ref.name.slice(0, -3) : undefined
  const peeled = peels === undefined ? undefined : refs.get(peels)
  if (peels === undefined) refs.set(ref.name, ref)
  else if (peeled !== undefined) refs.set(peels, { ...peeled, peeled: ref.id })
}

function checkFormat(capabilities: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const format = capabilities.get('object-format') ?? 'sha1'
  if (format !== 'sha1') {
    throw new GitError(
      'ProtocolError',
      `the repository names its objects by ${remoteText(format)}; only sha1 is supported`,
    )
  }
  return capabilities
}
