// SPDX-License-Identifier: Apache-2.0
export { CodedError, codeOf, hasCode } from './coded-error.ts'
export type { CodedErrorOptions } from './coded-error.ts'
export { isTerminal, terminal } from './terminal.ts'
export { errorMessage } from './message.ts'
export { redact, redactUrl } from './redact.ts'
