// SPDX-License-Identifier: Apache-2.0
export type { Json, JsonObject } from './meta/json.ts'
export type {
  ApiObject,
  CommonStatus,
  ConditionHolder,
  KubeObject,
  ManagedFieldsEntry,
  ObjectMeta,
  ObjectReference,
  OwnerReference,
} from './meta/object.ts'
export { formatKey, parseKey, toKey, toReference } from './meta/key.ts'
export type { ObjectKey } from './meta/key.ts'
export { apiVersionOf, parseApiVersion } from './meta/kind.ts'
export type { Kind } from './meta/kind.ts'
export { formatTime } from './meta/time.ts'
export { systemClock } from './clock.ts'
export type { Clock } from './clock.ts'
export { ApiError } from './errors.ts'
export type { ApiErrorCode } from './errors.ts'
export { parseDuration, parseDurationNanos } from './duration/parse.ts'
export { formatDuration, formatDurationNanos } from './duration/format.ts'
export type { Condition, ConditionStatus } from './schema/condition.ts'
export {
  conditionStatus,
  getCondition,
  isFalse,
  isReady,
  isReconciling,
  isStalled,
  isTrue,
  isUnknown,
} from './conditions/get.ts'
export {
  compareConditions,
  markFalse,
  markReconciling,
  markStalled,
  markTrue,
  markUnknown,
  maxConditionMessageBytes,
  removeCondition,
  setCondition,
  trimMessage,
} from './conditions/set.ts'
export type { ConditionState } from './conditions/set.ts'
export {
  artifactInStorageCondition,
  artifactOutdatedCondition,
  buildFailedCondition,
  fetchFailedCondition,
  healthyCondition,
  includeUnavailableCondition,
  readyCondition,
  reconcilingCondition,
  sourceVerifiedCondition,
  stalledCondition,
  storageOperationFailedCondition,
} from './names/conditions.ts'
export type { EventSeverity, FluxEvent } from './event/event.ts'
export type { Artifact, LocalObjectReference } from './schema/shapes.ts'
export { gitRepositoryKind } from './source/v1/git-repository.ts'
export type {
  GitRepository,
  GitRepositoryInclude,
  GitRepositoryRef,
  GitRepositorySpec,
  GitRepositoryStatus,
  GitRepositoryVerification,
} from './source/v1/git-repository.ts'
export { ociRepositoryKind } from './source/v1/oci-repository.ts'
export type {
  OCILayerSelector,
  OCIRepository,
  OCIRepositoryRef,
  OCIRepositorySpec,
  OCIRepositoryStatus,
  OCIRepositoryVerification,
} from './source/v1/oci-repository.ts'
export { helmRepositoryKind } from './source/v1/helm-repository.ts'
export type { HelmRepository, HelmRepositorySpec, HelmRepositoryStatus } from './source/v1/helm-repository.ts'
export { helmChartKind } from './source/v1/helm-chart.ts'
export type { HelmChart, HelmChartSourceReference, HelmChartSpec, HelmChartStatus } from './source/v1/helm-chart.ts'
export { bucketKind } from './source/v1/bucket.ts'
export type { Bucket, BucketSpec, BucketStatus } from './source/v1/bucket.ts'
export { externalArtifactKind } from './source/v1/external-artifact.ts'
export type { ExternalArtifact, ExternalArtifactSpec, ExternalArtifactStatus } from './source/v1/external-artifact.ts'
export { kustomizationKind } from './kustomize/v1/kustomization.ts'
export type {
  CommonMetadata,
  Decryption,
  HealthCheck,
  HealthCheckExpression,
  HistoryEntry,
  IgnoreRule,
  Inventory,
  InventoryEntry,
  KubeConfigReference,
  Kustomization,
  KustomizationDependency,
  KustomizationSpec,
  KustomizationStatus,
  KustomizeImage,
  KustomizePatch,
  KustomizeSelector,
  PostBuild,
  SourceReference,
  SubstituteReference,
} from './kustomize/v1/kustomization.ts'
