// SPDX-License-Identifier: Apache-2.0
/** A logger as reconcilers see it: fields first, then a constant message. */
export interface Logger {
  trace(fields: object, message: string): void
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds the fields to every line. */
  child(fields: object): Logger
  /** Whether lines of the level are written at all. */
  isLevelEnabled(level: 'trace' | 'debug' | 'info' | 'error'): boolean
}
