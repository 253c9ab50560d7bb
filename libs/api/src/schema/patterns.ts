// SPDX-License-Identifier: Apache-2.0

/** A rule for the text of a field, and what to tell people who break it. */
export interface TextRule {
  readonly pattern: string
  /** What is wrong, after the quoted value, and the cure. */
  readonly advice: string
}

/** A span of time that may have hours. */
export const intervalRule: TextRule = {
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
  advice: 'is not a duration: write numbers with the units ms, s, m or h, such as 1h30m',
}

/** A limit for remote operations: no hours, as Flux has it. */
export const timeoutRule: TextRule = {
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$',
  advice: 'is not a timeout: write numbers with the units ms, s or m, such as 1m30s; hours are not allowed here',
}

/** Address of a Git repository. */
export const gitUrlRule: TextRule = {
  pattern: '^(http|https|ssh)://.*$',
  advice: 'is not an address of a Git repository: start with https://, http:// or ssh:// (user@host:path is not read)',
}

/** Address of a repository in an OCI registry. */
export const ociUrlRule: TextRule = {
  pattern: '^oci://.*$',
  advice: 'is not an address in an OCI registry: start with oci://, and name the tag in spec.ref',
}

/** Address of a Helm repository. */
export const helmUrlRule: TextRule = {
  pattern: '^(http|https|oci)://.*$',
  advice: 'is not an address of a Helm repository: start with https://, http:// or oci://',
}

/** Address of a web service. */
export const httpUrlRule: TextRule = {
  pattern: '^(http|https)://.*$',
  advice: 'is not an HTTP address: start with https:// or http://',
}

/** Digest of a file. */
export const digestRule: TextRule = {
  pattern: '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$',
  advice: 'is not a digest: write algorithm:checksum, such as sha256:2c26b46b…',
}

/** Reason of a condition. */
export const reasonRule: TextRule = {
  pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
  advice: 'is not a reason: write one CamelCase word',
}

/** Type of a condition. */
export const conditionTypeRule: TextRule = {
  pattern:
    '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
  advice: 'is not a condition type: write one CamelCase word',
}

/** Every rule, for those who have only the pattern. */
export const textRules: readonly TextRule[] = [
  intervalRule,
  timeoutRule,
  gitUrlRule,
  ociUrlRule,
  helmUrlRule,
  httpUrlRule,
  digestRule,
  reasonRule,
  conditionTypeRule,
]
