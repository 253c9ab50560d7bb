// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `BadSyntax`: the text holds a `${…}` that cannot be parsed, or a substring whose length is negative
 * - `VariableNotSet`: strict mode, and a variable without a default is missing
 * - `InvalidName`: a variable's name is none
 * - `InvalidText`: the result is not valid UTF-8, because a substring cut a character in two
 * - `LimitExceeded`: the result, the nesting or the work for a pattern went beyond its bound
 */
export type SubstitutionErrorCode = 'BadSyntax' | 'VariableNotSet' | 'InvalidName' | 'InvalidText' | 'LimitExceeded'

/** What a substitution throws. The message never holds values of variables, nor the text around the fault. */
export class SubstitutionError extends CodedError<SubstitutionErrorCode> {}
