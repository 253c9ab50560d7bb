// SPDX-License-Identifier: Apache-2.0
export { createProgram } from './program.ts'
export type { Environment } from './environment.ts'
export { leanNode } from './up/lean-node.ts'
export type { UpState } from './up/state-file.ts'
