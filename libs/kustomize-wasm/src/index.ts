// SPDX-License-Identifier: Apache-2.0
export { KustomizeError } from './errors.ts'
export type { KustomizeErrorCode } from './errors.ts'
export { KustomizeEngine } from './engine.ts'
export type { EngineClock, EngineOptions } from './engine.ts'
export { ensureWasm } from './ensure-wasm.ts'
export type { EnsureWasmOptions } from './ensure-wasm.ts'
export type {
  BuildOverrides,
  BuildRequest,
  BuildResult,
  BuildStats,
  BuiltObject,
  FileReference,
  FinishedObjects,
  ImageOverride,
  InlinePatch,
  Json,
  JsonObject,
  PatchTarget,
  ReadSet,
} from './build.ts'
export type { YamlNode } from './yaml-node.ts'
export type { RemoteFile, RemoteReader, RemoteRepository } from './remote.ts'
