// SPDX-License-Identifier: Apache-2.0

/** The part of a structured logger (pino's shape: fields first, constant message second) that this package calls. */
export interface KubeLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A logger that says nothing. */
export const silentLog: KubeLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
