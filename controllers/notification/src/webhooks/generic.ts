// SPDX-License-Identifier: Apache-2.0
import { accepted } from './verifier.ts'
import type { Verifier } from './verifier.ts'

/** `generic`: who knows the path is believed. */
export const generic: Verifier = { verify: () => accepted }
