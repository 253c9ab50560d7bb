// SPDX-License-Identifier: Apache-2.0

/** Points between two steps of an event's way to a Provider, in their order; each is where a process may end. */
export type TellStep =
  /** Posted over HTTP, and on disk; not answered yet. */
  | 'accepted'
  /** Handed out by the bus or the disk. */
  | 'received'
  /** It is known which Alerts speak of it. */
  | 'matched'
  /** Its turn has come in the lane of its Provider. */
  | 'sending'
  /** The service has it, and nothing notes that yet: whoever dies here tells it again. */
  | 'answered'
  /** The ledger has it. */
  | 'noted'
  /** It was refused for good, and its dead letter is kept; the ledger does not have it yet. */
  | 'dead-letter-kept'
  /** All is done; the bus is not told yet. */
  | 'settled'

/** Called at every point, with the event's id (a colon and the Alert's uid may follow). Tests end the process there; production passes none. */
export type OnStep = (step: TellStep, id: string) => void

/** What stands where nobody wants to know. */
export const noStep: OnStep = () => undefined
