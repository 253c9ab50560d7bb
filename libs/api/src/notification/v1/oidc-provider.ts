// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { list, text } from '../../schema/fields.ts'

const variable = Type.Object(
  { expression: text('CEL expression over claims and the variables before it.'), name: text('Name below vars.') },
  { description: 'A named expression.' },
)

const validation = Type.Object(
  {
    expression: text('CEL expression over claims and vars that must be true.'),
    message: text('What the sender is told when it is not.'),
  },
  { description: 'A condition that a token must fulfil.' },
)

/** Schema of one entry of `spec.oidcProviders`. */
export const oidcProvider = Type.Object(
  {
    audience: Type.Optional(text('Audience that a token must be for. Default: notification-controller.')),
    issuerURL: text('Issuer of the tokens.', { pattern: '^https?://' }),
    validations: Type.Array(validation, { description: 'Conditions, all of which a token must fulfil.', minItems: 1 }),
    variables: Type.Optional(list('Expressions that later ones may use, in this order.', variable)),
  },
  { description: 'An issuer whose tokens are taken, and under which conditions.' },
)

/** An issuer whose tokens a Receiver takes. */
export interface OidcProvider extends Static<typeof oidcProvider> {}
