// SPDX-License-Identifier: Apache-2.0
import type { BuildRequest, BuiltObject, KustomizeEngine } from '@tidelock/kustomize-wasm'
import { decryptFile } from '@tidelock/sops'
import type { DecryptOptions, KeyServices, SopsFormat } from '@tidelock/sops'
import type { Decryption } from '../render.ts'
import type { SecretValues } from '../secret-values.ts'
import { DecryptionError } from './error.ts'
import { decryptFiles } from './files.ts'
import { decryptObject } from './objects.ts'
import type { VerifyMac } from './options.ts'

/** What a run decrypts with. */
export interface DecryptorOptions {
  readonly engine: KustomizeEngine
  readonly keyServices: KeyServices
  /** Gets what was decrypted, so that no message quotes it. */
  readonly secrets: SecretValues
  readonly verifyMac: VerifyMac
  /** Told of a file whose MAC does not match, where that does not end the run. */
  readonly warn: (message: string) => void
  readonly signal: AbortSignal
}

/** Decrypts for one run, and remembers what was verified in it. */
export class Decryptor implements Decryption {
  readonly options: DecryptorOptions
  /** The MACs, as the files carry them, of manifests whose source file was verified. */
  readonly verified: Set<string> = new Set()

  constructor(options: DecryptorOptions) {
    this.options = options
  }

  files(request: BuildRequest): Promise<ReadonlyMap<string, Uint8Array>> {
    return decryptFiles(this, request)
  }

  async objects(built: readonly BuiltObject[]): Promise<readonly BuiltObject[]> {
    const { engine, signal } = this.options
    const texts = new Map<BuiltObject, string>()
    for (const each of built) {
      const text = await decryptObject(this, each.object)
      if (text !== undefined) texts.set(each, text)
    }
    const rendered = await engine.finish(
      Array.from(texts.values(), (substituted) => ({ substituted })),
      signal,
    )
    const plain = new Map(Array.from(texts.keys(), (each, index) => [each, rendered.objects[index]]))
    return built.map((each) => plain.get(each) ?? each)
  }

  /** Decrypts bytes, and keeps the values out of messages; `innocent` are texts that stay readable. Throws SopsError or `MacMismatch`. */
  async decrypt(
    bytes: Uint8Array,
    { input, output, verify, what }: { input: SopsFormat; output: SopsFormat; verify: boolean; what: string },
  ): Promise<{ readonly bytes: Uint8Array; readonly secrets: readonly string[] }> {
    const { verifyMac } = this.options
    const decrypted = await decryptFile(bytes, {
      ...this.sopsOptions(),
      ...{ input, output, verifyMac: verify && verifyMac !== 'off' },
    })
    if (decrypted.mac === 'mismatch') this.mismatch(what)
    return decrypted
  }

  /** What every call of the SOPS library is given. */
  sopsOptions(): Pick<DecryptOptions, 'keyServices' | 'yaml' | 'signal'> {
    const { engine, keyServices, signal } = this.options
    return { keyServices, yaml: engine, signal }
  }

  /** Throws `MacMismatch`, or warns where that is enough. */
  mismatch(what: string): void {
    const message = `${what} does not match its MAC: it was changed without sops; look at the change, then encrypt it again`
    if (this.options.verifyMac === 'fail') throw new DecryptionError('MacMismatch', message)
    this.options.warn(message)
  }
}
