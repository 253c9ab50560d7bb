// SPDX-License-Identifier: Apache-2.0

/** Reasons that conditions and events of every kind may carry. */
export const reasons = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  progressing: 'Progressing',
  progressingWithRetry: 'ProgressingWithRetry',
  suspended: 'Suspended',
  dependencyNotReady: 'DependencyNotReady',
  accessDenied: 'AccessDenied',
  featureGateDisabled: 'FeatureGateDisabled',
  invalidCELExpression: 'InvalidCELExpression',
  invalidPath: 'InvalidPath',
  invalidURL: 'InvalidURL',
  insecureConnectionsDisallowed: 'InsecureConnectionsDisallowed',
  unsupportedConnectionType: 'UnsupportedConnectionType',
} as const

/** Reasons of the Kustomization. */
export const kustomizationReasons = {
  artifactFailed: 'ArtifactFailed',
  buildFailed: 'BuildFailed',
  healthCheckFailed: 'HealthCheckFailed',
  healthCheckCanceled: 'HealthCheckCanceled',
  pruneFailed: 'PruneFailed',
  reconciliationFailed: 'ReconciliationFailed',
  reconciliationSucceeded: 'ReconciliationSucceeded',
} as const

/** Reasons that the kinds of the source group share. */
export const sourceReasons = {
  acquireLockFailed: 'AcquireLockFailed',
  archiveOperationFailed: 'ArchiveOperationFailed',
  artifactUpToDate: 'ArtifactUpToDate',
  artifactVerificationFailed: 'ArtifactVerificationFailed',
  authenticationFailed: 'AuthenticationFailed',
  cacheOperationFailed: 'CacheOperationFailed',
  copyFailure: 'CopyFailure',
  directoryCreationFailed: 'DirectoryCreationFailed',
  garbageCollectionFailed: 'GarbageCollectionFailed',
  garbageCollectionSucceeded: 'GarbageCollectionSucceeded',
  illegalPath: 'IllegalPath',
  invalidProviderConfiguration: 'InvalidProviderConfiguration',
  invalidSTSConfiguration: 'InvalidSTSConfiguration',
  newArtifact: 'NewArtifact',
  newRevision: 'NewRevision',
  patchOperationFailed: 'PatchOperationFailed',
  readOperationFailed: 'ReadOperationFailed',
  statOperationFailed: 'StatOperationFailed',
  symlinkUpdateFailed: 'SymlinkUpdateFailed',
  urlInvalid: 'URLInvalid',
  verificationError: 'VerificationError',
} as const

/** Reasons of the GitRepository beside those that all sources share. */
export const gitRepositoryReasons = {
  emptyGitRepository: 'EmptyGitRepository',
  gitOperationFailed: 'GitOperationFailed',
  gitOperationSucceeded: 'GitOperationSucceeded',
  includeChange: 'IncludeChange',
  invalidCommitSignature: 'InvalidCommitSignature',
  invalidGitObject: 'InvalidGitObject',
  invalidTagSignature: 'InvalidTagSignature',
  invalidVerificationMode: 'InvalidVerificationMode',
  noArtifact: 'NoArtifact',
  notFound: 'NotFound',
} as const

/** Reasons of the OCIRepository beside those that all sources share. */
export const ociRepositoryReasons = {
  layerOperationFailed: 'OCIArtifactLayerOperationFailed',
  pullFailed: 'OCIArtifactPullFailed',
} as const

/** Reasons of the HelmRepository and the HelmChart beside those that all sources share. */
export const helmReasons = {
  chartPackageError: 'ChartPackageError',
  chartPackageSucceeded: 'ChartPackageSucceeded',
  chartPullError: 'ChartPullError',
  chartPullSucceeded: 'ChartPullSucceeded',
  chartVerificationError: 'ChartVerificationError',
  dependencyBuildError: 'DependencyBuildError',
  indexationFailed: 'IndexationFailed',
  invalidChartReference: 'InvalidChartReference',
  metadataPatchError: 'MetadataPatchError',
  newChart: 'NewChart',
  noSourceArtifact: 'NoSourceArtifact',
  resolvedDependencies: 'ResolvedDependencies',
  sourceUnavailable: 'SourceUnavailable',
  unsupportedSourceKind: 'UnsupportedSourceKind',
  valuesFilesError: 'ValuesFilesError',
} as const

/** Reasons of the Bucket beside those that all sources share. */
export const bucketReasons = {
  bucketOperationFailed: 'BucketOperationFailed',
  bucketOperationSucceeded: 'BucketOperationSucceeded',
} as const
