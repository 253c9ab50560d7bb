// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * What can go wrong here:
 *
 * - `TooLarge`: the file exceeds a bound (bytes, depth, nodes);
 * - `Malformed`: the bytes are not a file of the format;
 * - `NotEncrypted`: the file has no SOPS metadata;
 * - `MetadataInvalid`: the metadata is there and cannot be used;
 * - `KeyUnavailable`: not enough master keys gave the data key back; `details.keys` names each with its failure;
 * - `ValueRefused`: a value is not in SOPS' format, or does not authenticate under the data key and its path;
 * - `CannotEmit`: what was decrypted cannot be written in the wanted format;
 * - `IdentityInvalid`: a private key that was to be imported cannot be read.
 *
 * No message carries plain text, a private key, or bytes of the file.
 */
export type SopsErrorCode =
  | 'TooLarge'
  | 'Malformed'
  | 'NotEncrypted'
  | 'MetadataInvalid'
  | 'KeyUnavailable'
  | 'ValueRefused'
  | 'CannotEmit'
  | 'IdentityInvalid'

/** An error of this package. */
export class SopsError extends CodedError<SopsErrorCode> {}
