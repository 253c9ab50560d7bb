// SPDX-License-Identifier: Apache-2.0

/** A JSON value as the API server sends it. */
export type Json = null | boolean | number | string | Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  [key: string]: Json
}
