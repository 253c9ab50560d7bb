// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Key, MetaFile, Metadata, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models'
import type { FetchDocument } from '../src/sigstore-root/tuf-fetcher.ts'
import type { TufRepository } from '../src/sigstore-root/cached-root.ts'

const roles = ['root', 'timestamp', 'snapshot', 'targets'] as const
type Role = (typeof roles)[number]

/** One signer of TUF metadata. */
export class TufSigner {
  readonly key: Key
  readonly #privateKey: KeyObject

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    this.#privateKey = privateKey
    const value = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
    const keyID = createHash('sha256').update(value).digest('hex')
    this.key = new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: value } })
  }

  readonly sign = (data: Buffer): Signature =>
    new Signature({ keyID: this.key.keyID, sig: sign(null, data, this.#privateKey).toString('hex') })
}

/** What differs in a release of the repository. */
export interface Release {
  readonly target?: string
  /** Expiry of the metadata, by role; absent: far away. */
  readonly expires?: Partial<Record<Role, string>>
  /** The version of timestamp, snapshot and targets; absent: the next. */
  readonly version?: number
  /** Who signs the timestamp in place of its signer. */
  readonly timestampSigner?: TufSigner
}

const farAway = '2126-01-01T00:00:00Z'
const mirror = 'http://tuf.example.com'

/** A TUF repository in memory that holds `trusted_root.json`, signed anew with every release. */
export class TestRepository {
  readonly files = new Map<string, Buffer>()
  /** URLs that were asked for. */
  readonly asked: string[] = []
  readonly #signers: Record<Role, TufSigner> = {
    root: new TufSigner(),
    timestamp: new TufSigner(),
    snapshot: new TufSigner(),
    targets: new TufSigner(),
  }
  readonly #rootSigners: TufSigner[] = []
  #rootVersion = 0
  #version = 0

  constructor(target: string, release: Omit<Release, 'target'> = {}) {
    this.#rootSigners.push(this.#signers.root)
    this.publishRoot(release.expires?.root)
    this.publish({ ...release, target })
  }

  /** The repository with its first root, as a client that was installed long ago knows it. */
  get repository(): TufRepository {
    return { mirror, rootMetadata: this.file('1.root.json') }
  }

  file(name: string): Buffer {
    const bytes = this.files.get(name)
    if (bytes === undefined) throw new Error(`no file ${name}`)
    return bytes
  }

  /** Publishes the next version of the root metadata. */
  publishRoot(expires: string = farAway): void {
    this.#rootVersion++
    const root = new Root({ version: this.#rootVersion, specVersion: '1.0.31', expires, consistentSnapshot: true })
    for (const role of roles) root.addKey(this.#signers[role].key, role)
    this.#store(`${this.#rootVersion}.root.json`, new Metadata(root), this.#rootSigners)
  }

  /** Replaces the keys of root and timestamp; the old root key vouches for the new one. */
  rotateKeys(): void {
    const before = this.#signers.root
    this.#signers.root = new TufSigner()
    this.#signers.timestamp = new TufSigner()
    this.#rootSigners.splice(0, this.#rootSigners.length, before, this.#signers.root)
    this.publishRoot()
    this.#rootSigners.splice(0, 1)
  }

  /** Publishes targets, snapshot and timestamp. */
  publish({ target, expires = {}, version = this.#version + 1, timestampSigner }: Release = {}): void {
    this.#version = version
    if (target !== undefined) {
      const hash = createHash('sha256').update(target).digest('hex')
      const file = new TargetFile({
        path: 'trusted_root.json',
        length: Buffer.byteLength(target),
        hashes: { sha256: hash },
      })
      this.#target = file
      this.files.set(`targets/${hash}.trusted_root.json`, Buffer.from(target))
    }
    const fields = (role: Role) => ({ version, specVersion: '1.0.31', expires: expires[role] ?? farAway })
    const targets = new Targets(fields('targets'))
    if (this.#target !== undefined) targets.addTarget(this.#target)
    this.#store(`${version}.targets.json`, new Metadata(targets), [this.#signers.targets])
    const snapshot = new Snapshot({ ...fields('snapshot'), meta: { 'targets.json': new MetaFile({ version }) } })
    this.#store(`${version}.snapshot.json`, new Metadata(snapshot), [this.#signers.snapshot])
    const timestamp = new Timestamp({ ...fields('timestamp'), snapshotMeta: new MetaFile({ version }) })
    this.#store('timestamp.json', new Metadata(timestamp), [timestampSigner ?? this.#signers.timestamp])
  }

  #target: TargetFile | undefined

  readonly fetch: FetchDocument = (url, maxBytes) => {
    this.asked.push(url)
    const bytes = this.files.get(url.slice(mirror.length + 1))
    if (bytes !== undefined && bytes.byteLength > maxBytes) return Promise.reject(new Error('larger than allowed'))
    return Promise.resolve(bytes)
  }

  #store<T extends Root | Timestamp | Snapshot | Targets>(
    name: string,
    metadata: Metadata<T>,
    signers: readonly TufSigner[],
  ): void {
    for (const signer of signers) metadata.sign(signer.sign)
    this.files.set(name, Buffer.from(JSON.stringify(metadata.toJSON())))
  }
}
