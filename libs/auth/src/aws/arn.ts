// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '../errors.ts'

const kmsKey = /^arn:(aws[\w-]*):kms:(.+):[0-9]+:(?:key|alias)\/.+$/
const eksCluster = /^arn:(aws[\w-]*):eks:([^:]{1,100}):[0-9]{1,30}:cluster\/(.{1,200})$/
const role = /^arn:aws[\w-]*:iam::[0-9]{1,30}:role\/.{1,200}$/

// a region becomes part of a host name
const regionName = /^[a-z0-9-]{1,40}$/

/** The region of a KMS key or alias. Throws `KeyInvalid`. */
export function kmsRegion(arn: string): string {
  const region = kmsKey.exec(arn)?.[2]
  if (region === undefined || !regionName.test(region))
    throw new AuthError(
      'KeyInvalid',
      `AWS KMS key '${arn}': not an ARN such as arn:aws:kms:eu-west-1:123456789012:key/<id>`,
    )
  return region
}

/** An EKS cluster by its ARN. */
export interface EksCluster {
  readonly partition: string
  readonly region: string
  readonly name: string
}

/** Throws `ClusterInvalid`. */
export function parseEksCluster(arn: string | undefined): EksCluster {
  const [, partition, region, name] = eksCluster.exec(arn ?? '') ?? []
  if (partition === undefined || region === undefined || name === undefined || !regionName.test(region))
    throw new AuthError(
      'ClusterInvalid',
      `EKS cluster '${arn ?? ''}': want its ARN, such as arn:aws:eks:eu-west-1:123456789012:cluster/<name>`,
    )
  return { partition, region, name }
}

/** The annotation that names the role of a ServiceAccount. */
export const roleAnnotation = 'eks.amazonaws.com/role-arn'

/** The role that the annotations name. `account` is for messages. Throws `IdentityInvalid`. */
export function roleOf(annotations: Readonly<Record<string, string>>, account: string): string {
  const arn = annotations[roleAnnotation] ?? ''
  if (!role.test(arn))
    throw new AuthError(
      'IdentityInvalid',
      `${account}: annotation ${roleAnnotation} is '${arn}': want the ARN of an IAM role`,
    )
  return arn
}
