// SPDX-License-Identifier: Apache-2.0
import type { FetchedRemotes, WantedRemote } from '../remote.ts'
import type { PathKind, Tree } from '../tree.ts'
import { wasm } from './api.ts'
import type { WasmImports, WasmMemory } from './api.ts'
import { writeData } from './data-section.ts'
import { restoreImage, takeImage } from './image.ts'
import type { EngineImage } from './image.ts'
import { release } from './load-module.ts'
import type { LoadedModule } from './load-module.ts'
import { completeWasi, createWasi } from './wasi.ts'
import type { Wasi } from './wasi.ts'

/** A failure as the engine reports it; `NeedsIsolation` is for the pool alone. */
export interface EngineFailure {
  readonly code: string
  readonly message: string
  readonly urls?: readonly string[]
  /** What a `RemoteBase` failure needs from the network. */
  readonly wanted?: readonly WantedRemote[]
  /** The instance must not be used again. */
  readonly broken?: boolean
}

/** One object that the engine handed over: its JSON text, and its YAML where there is one. */
export interface EmittedObject {
  readonly json: string
  readonly yaml: string
}

/** The outcome of one call into the engine. */
export type EngineOutcome =
  | { readonly ok: true; readonly objects: readonly EmittedObject[] }
  | { readonly ok: false; readonly failure: EngineFailure }

/** What the engine is asked to build; `path` is relative to the root of the tree and clean. */
export interface EngineRequest {
  readonly path: string
  readonly overrides: object
  readonly ignored: readonly string[]
  readonly plain: boolean
  readonly isolated: boolean
  readonly remotes: FetchedRemotes['table']
}

/** What one instance may use. */
export interface InstanceLimits {
  readonly memoryMaxBytes: number
  /** Of JSON and YAML together, for one call. */
  readonly outputMaxBytes: number
}

interface EngineExports {
  readonly memory: WasmMemory
  ['_initialize'](): void
  input(length: number): number
  warm(): number
  tainted(): number
  build(): number
  parse(): number
  finish(): number
  references(): number
  readYaml(): number
  printYaml(indent: number): number
}

/** Of printed YAML, as `sops` prints it. */
const yamlIndent = 4

const kindCodes: Readonly<Record<PathKind, bigint>> = {
  missing: 0n,
  file: 1n,
  directory: 2n,
  outside: -1n,
  failed: -2n,
}

/**
 * One instance of the engine, on the thread that made it. Calls run one at a time and to their end.
 * After an exception from any method the instance is unusable.
 */
export class EngineInstance {
  readonly #exports: EngineExports
  readonly #wasi: Wasi
  readonly #limits: InstanceLimits
  #tree: Tree | undefined
  #staged: Uint8Array = new Uint8Array()
  #objects: EmittedObject[] = []
  #outputBytes = 0
  #failure: EngineFailure | undefined

  /**
   * The module must already be bounded by `limitMemory`. Its data is used up. With an image, of another instance of the same file, it is
   * as that one was; throws when that cannot be.
   */
  constructor({ module, data }: LoadedModule, limits: InstanceLimits, image?: EngineImage) {
    this.#limits = limits
    // There is one thread, and nothing that interrupts it: a collector beside the program would get its turn late, or on a busy machine never.
    // No GOMEMLIMIT: near it such a collector would run without end, where the bound of the memory ends a hostile build in seconds.
    const env = { GODEBUG: 'gcstoptheworld=1' }
    this.#wasi = createWasi(() => this.#exports.memory, env)
    const instance = new wasm.Instance(module, {
      wasi_snapshot_preview1: completeWasi(module, this.#wasi.imports),
      tidelock: this.#hostImports(),
    })
    this.#exports = instance.exports as unknown as EngineExports
    if (image === undefined) {
      writeData(data, new Uint8Array(this.#exports.memory.buffer))
      this.#exports['_initialize']()
    } else {
      restoreImage(this.#exports, image)
    }
    release(data)
  }

  /** What a further instance can begin with. */
  takeImage(): EngineImage {
    return takeImage(this.#exports)
  }

  /** Parses the built-in OpenAPI schema and builds a sample, so that no build pays for it. Throws when that fails. */
  warm(): void {
    const outcome = this.#call(new Uint8Array(), () => this.#exports.warm())
    if (!outcome.ok) throw new Error(`the sample build failed: ${outcome.failure.message}`)
  }

  build(tree: Tree, request: EngineRequest): EngineOutcome {
    return this.#callOn(tree, request, () => this.#exports.build())
  }

  /** The files that a build would take from the tree, one `FileReference` each. */
  references(tree: Tree, request: EngineRequest): EngineOutcome {
    return this.#callOn(tree, request, () => this.#exports.references())
  }

  /** One text of several documents to their nodes, one `YamlNode` each. */
  readYaml(text: string): EngineOutcome {
    return this.#call(Buffer.from(text), () => this.#exports.readYaml())
  }

  /** A JSON list of `YamlNode` to one text, in `yaml`. */
  printYaml(documents: string): EngineOutcome {
    return this.#call(Buffer.from(documents), () => this.#exports.printYaml(yamlIndent))
  }

  /** One text of several documents to the JSON of its objects. */
  parse(text: string): EngineOutcome {
    return this.#call(Buffer.from(text), () => this.#exports.parse())
  }

  /** The text of one object after substitution to its JSON and its canonical YAML. */
  finish(text: string): EngineOutcome {
    return this.#call(Buffer.from(text), () => this.#exports.finish())
  }

  /** Whether the process-wide schema is no longer the built-in one. */
  isTainted(): boolean {
    return this.#exports.tainted() !== 0
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength
  }

  /** What Go wrote to its standard output and error since the last call of this method. */
  takeOutput(): string {
    return this.#wasi.takeOutput()
  }

  #callOn(tree: Tree, request: EngineRequest, run: () => number): EngineOutcome {
    this.#tree = tree
    try {
      return this.#call(Buffer.from(JSON.stringify(request)), run)
    } finally {
      this.#tree = undefined
    }
  }

  #call(input: Uint8Array, run: () => number): EngineOutcome {
    this.#objects = []
    this.#outputBytes = 0
    this.#failure = undefined
    const at = this.#exports.input(input.length)
    this.#bytes(at, input.length).set(input)
    const ok = run() === 1
    const objects = this.#objects
    this.#objects = []
    this.#staged = new Uint8Array()
    if (ok) return { ok, objects }
    return { ok, failure: this.#failure ?? { code: 'BuildFailed', message: 'the engine gave no reason' } }
  }

  /** A view that the next growth of the memory detaches: use at once. */
  #bytes(at: number, length: number): Buffer {
    return Buffer.from(this.#exports.memory.buffer, at >>> 0, length)
  }

  #text(at: number, length: number): string {
    return this.#bytes(at, length).toString('utf8')
  }

  #hostImports(): WasmImports {
    const onPath =
      (look: (path: string, tree: Tree) => bigint) =>
      (at: number, length: number): bigint => {
        if (this.#tree === undefined) return this.#stage('failed')
        try {
          return look(this.#text(at, length), this.#tree)
        } catch {
          // an exception would unwind through the engine; the engine reports "cannot be read" with the path
          return this.#stage('failed')
        }
      }
    return {
      stat: onPath((path, tree) => this.#stat(path, tree)),
      read: onPath((path, tree) => this.#read(path, tree)),
      list: onPath((path, tree) => this.#list(path, tree)),
      take: (to: number) => this.#bytes(to, this.#staged.length).set(this.#staged),
      emit: (json: number, jsonLength: number, yaml: number, yamlLength: number) =>
        this.#emit(json, jsonLength, yaml, yamlLength),
      fail: (at: number, length: number) => {
        this.#failure = JSON.parse(this.#text(at, length)) as EngineFailure
      },
    }
  }

  #stage(kind: PathKind, content: Uint8Array = new Uint8Array()): bigint {
    this.#staged = content
    return (kindCodes[kind] << 32n) | BigInt(content.length)
  }

  #stat(path: string, tree: Tree): bigint {
    const { kind, canonical } = tree.stat(path)
    return canonical === path ? this.#stage(kind) : this.#stage(kind, Buffer.from(canonical))
  }

  #read(path: string, tree: Tree): bigint {
    const content = tree.read(path)
    return typeof content === 'string' ? this.#stage(content) : this.#stage('file', content)
  }

  #list(path: string, tree: Tree): bigint {
    const entries = tree.list(path)
    if (typeof entries === 'string') return this.#stage(entries)
    const text = entries.map(({ name, isDirectory }) => `${isDirectory ? 'd' : 'f'}${name}\0`).join('')
    return this.#stage('directory', Buffer.from(text))
  }

  #emit(json: number, jsonLength: number, yaml: number, yamlLength: number): number {
    this.#outputBytes += jsonLength + yamlLength
    if (this.#outputBytes > this.#limits.outputMaxBytes) return 0
    this.#objects.push({ json: this.#text(json, jsonLength), yaml: this.#text(yaml, yamlLength) })
    return 1
  }
}
