// SPDX-License-Identifier: Apache-2.0
import type { Case } from '../case.ts'
import { access } from './access.ts'
import { applies } from './applies.ts'
import { builds } from './builds.ts'
import { flags } from './flags.ts'
import { health } from './health.ts'
import { layouts } from './layouts.ts'
import { objects } from './objects.ts'
import { shapes } from './shapes.ts'
import { transforms } from './transforms.ts'
import { values } from './values.ts'
import { waits } from './waits.ts'

/** Every situation in which the two are compared. */
export const allCases: readonly Case[] = [
  ...builds,
  ...layouts,
  ...transforms,
  ...values,
  ...applies,
  ...objects,
  ...shapes,
  ...waits,
  ...access,
  ...health,
  ...flags,
]
