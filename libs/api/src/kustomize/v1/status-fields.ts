// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import { int64, list, stringMap, text, time } from '../../schema/fields.ts'

/** An entry of `status.inventory`. */
export const inventoryEntry = Type.Object(
  {
    id: text('The object, as namespace_name_group_kind.'),
    v: text('Version of the API, without its group.'),
  },
  { description: 'An object that was applied.' },
)

/** `status.inventory`. */
export const inventory = Type.Object(
  { entries: list('The objects, in the order of their application.', inventoryEntry) },
  { description: 'The objects that were applied, and that are pruned when they leave the source.' },
)

/** An entry of `status.history`. */
export const historyEntry = Type.Object(
  {
    digest: text('Digest of the built objects.'),
    firstReconciled: time('When this outcome was first seen.'),
    lastReconciled: time('When this outcome was last seen.'),
    lastReconciledDuration: text('How long the last attempt took.'),
    lastReconciledStatus: text('Reason of the outcome.'),
    metadata: Type.Optional(stringMap('What was applied, such as its revision.')),
    totalReconciliations: int64('How often this outcome was seen.'),
  },
  { description: 'One outcome for one set of objects.' },
)
