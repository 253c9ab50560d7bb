// SPDX-License-Identifier: Apache-2.0
import type { Case } from '../case.ts'
import { applies } from './applies.ts'
import { builds } from './builds.ts'
import { waits } from './waits.ts'

/** Every situation in which the two are compared. */
export const allCases: readonly Case[] = [...builds, ...applies, ...waits]
