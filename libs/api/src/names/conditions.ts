// SPDX-License-Identifier: Apache-2.0

/** Whether the object is fully reconciled: the summary that everybody looks at. */
export const readyCondition = 'Ready'
/** True while work is in progress or will be tried again. Absent otherwise. */
export const reconcilingCondition = 'Reconciling'
/** True when nothing will be tried again until the object changes. Absent otherwise. */
export const stalledCondition = 'Stalled'
/** The last health check of what was applied. */
export const healthyCondition = 'Healthy'

/** True when upstream could not be read. */
export const fetchFailedCondition = 'FetchFailed'
/** True when the artifact storage failed. */
export const storageOperationFailedCondition = 'StorageOperationFailed'
/** True when upstream is newer than the stored artifact. */
export const artifactOutdatedCondition = 'ArtifactOutdated'
/** Whether an artifact for the current revision is stored. */
export const artifactInStorageCondition = 'ArtifactInStorage'
/** Whether the signature of the source was verified. Only with spec.verify. */
export const sourceVerifiedCondition = 'SourceVerified'
/** True when an included repository is missing or has no artifact. */
export const includeUnavailableCondition = 'IncludeUnavailable'
/** True when a chart could not be packaged. */
export const buildFailedCondition = 'BuildFailed'
