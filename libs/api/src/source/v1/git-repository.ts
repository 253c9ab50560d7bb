// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { ageColumn, readyColumn, statusColumn, unobserved } from '../../crd/definition.ts'
import type { KindDefinition } from '../../crd/definition.ts'
import type { ApiObject } from '../../meta/object.ts'
import { choice, flag, list, text, withRules } from '../../schema/fields.ts'
import { gitUrlRule } from '../../schema/patterns.ts'
import { artifact, commonStatus, interval, localReference, timeout } from '../../schema/shapes.ts'
import { sourceCategories } from './common.ts'
import { gitRepositoryKind } from './kinds.ts'

const include = Type.Object(
  {
    fromPath: Type.Optional(text('Path inside the included artifact that is copied. Default: all of it.')),
    repository: localReference('The GitRepository whose artifact is included.'),
    toPath: Type.Optional(text('Directory that the copy is put into. Default: the name of the included repository.')),
  },
  { description: 'Another repository whose content becomes part of the artifact.' },
)

const ref = Type.Object(
  {
    branch: Type.Optional(text('Branch to check out. Default: master, when nothing else is given.')),
    commit: Type.Optional(text('Commit to check out, by its hash. Wins over all others.')),
    name: Type.Optional(
      text('Full name of a reference, such as refs/pull/420/head. Wins over semver, tag and branch.'),
    ),
    semver: Type.Optional(text('Range of versions among the tags, the newest is taken. Wins over tag and branch.')),
    tag: Type.Optional(text('Tag to check out. Wins over branch.')),
  },
  { description: 'What is checked out.' },
)

const verification = Type.Object(
  {
    mode: Type.Optional(
      choice('Which Git objects must be signed.', ['head', 'HEAD', 'Tag', 'TagAndHEAD'], { default: 'HEAD' }),
    ),
    secretRef: localReference('Secret with the public keys of trusted authors.'),
  },
  { description: 'Verification of the signatures of the commit, the tag or both.' },
)

const spec = Type.Object(
  {
    ignore: Type.Optional(
      text('Paths left out of the artifact, in the syntax of .gitignore; replaces the default list.'),
    ),
    include: Type.Optional(list('Other repositories whose content becomes part of the artifact.', include)),
    interval: interval('How often the repository is looked at.'),
    provider: Type.Optional(
      choice('Service whose credentials are used. Default: generic.', ['generic', 'aws', 'azure', 'github']),
    ),
    proxySecretRef: Type.Optional(localReference('Secret with the address and credentials of a proxy.')),
    recurseSubmodules: Type.Optional(flag('Whether submodules are checked out too, with their default settings.')),
    ref: Type.Optional(ref),
    secretRef: Type.Optional(localReference('Secret with the credentials for the repository.')),
    serviceAccountName: Type.Optional(text('ServiceAccount that stands for this object at the cloud provider.')),
    sparseCheckout: Type.Optional(
      list('Directories that are checked out; each of them must exist.', text('A directory.')),
    ),
    suspend: Type.Optional(flag('Whether the controller leaves this object alone.')),
    timeout: Type.Optional(timeout('Limit for one remote Git operation.', { default: '60s' })),
    url: text('Address of the repository, over HTTP, HTTPS or SSH.', { pattern: gitUrlRule.pattern }),
    verify: Type.Optional(verification),
  },
  {
    description: 'The repository, and what is made of it.',
    ...withRules({
      message: "serviceAccountName can only be set when provider is 'azure' or 'aws'",
      rule: "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
    }),
  },
)

const status = Type.Object(
  {
    artifact: Type.Optional(artifact('The file made from the last commit that was fetched.')),
    ...commonStatus,
    includedArtifacts: Type.Optional(
      list('The included artifacts, in the order of spec.include.', artifact('An included artifact.')),
    ),
    observedIgnore: Type.Optional(text('The spec.ignore that the artifact was made with.')),
    observedInclude: Type.Optional(list('The spec.include that the artifact was made with.', include)),
    observedRecurseSubmodules: Type.Optional(flag('The spec.recurseSubmodules that the artifact was made with.')),
    observedSparseCheckout: Type.Optional(
      list('The spec.sparseCheckout that the artifact was made with.', text('A directory.')),
    ),
    sourceVerificationMode: Type.Optional(text('The verification mode that the artifact satisfied.')),
  },
  { description: 'What was last observed of the repository.' },
)

/** What a GitRepository asks for. */
export interface GitRepositorySpec extends Static<typeof spec> {}
/** What was last observed of a GitRepository. */
export interface GitRepositoryStatus extends Static<typeof status> {}
/** An entry of `spec.include`. */
export interface GitRepositoryInclude extends Static<typeof include> {}
/** `spec.ref`: what is checked out. */
export interface GitRepositoryRef extends Static<typeof ref> {}
/** `spec.verify`. */
export interface GitRepositoryVerification extends Static<typeof verification> {}

/** A Git repository as a source. */
export interface GitRepository extends ApiObject {
  spec: GitRepositorySpec
  status?: GitRepositoryStatus
}

/** All that the CRD of GitRepository says. */
export const gitRepositoryDefinition: KindDefinition = {
  kind: gitRepositoryKind,
  singular: 'gitrepository',
  shortNames: ['gitrepo'],
  categories: sourceCategories,
  columns: [{ name: 'URL', type: 'string', jsonPath: '.spec.url' }, ageColumn, readyColumn, statusColumn],
  description: 'GitRepository makes an artifact of the content of a Git repository at a revision.',
  spec,
  status,
  statusDefault: unobserved,
}
