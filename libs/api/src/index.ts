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
export { parseLabelSelector } from './meta/label-selector.ts'
export type { LabelSelector } from './meta/label-selector.ts'
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
export { setSummary, summarize } from './conditions/summary.ts'
export type { SummaryTable } from './conditions/summary.ts'
export {
  decryptAnnotation,
  disabledValue,
  enabledValue,
  finalizer,
  forceAnnotation,
  forceRequestAnnotation,
  originRevisionAnnotation,
  originSourceAnnotation,
  ownerNameLabel,
  ownerNamespaceLabel,
  pruneAnnotation,
  reconcileAnnotation,
  reconcileRequestAnnotation,
  ssaAnnotation,
  ssaPolicies,
  substituteAnnotation,
  watchLabel,
  watchLabelEnabled,
} from './names/keys.ts'
export { hasPendingRequest, reconcileRequest } from './names/requests.ts'
export {
  bucketReasons,
  gitRepositoryReasons,
  helmReasons,
  kustomizationReasons,
  ociRepositoryReasons,
  reasons,
  sourceReasons,
} from './names/reasons.ts'
export type { EventSeverity, FluxEvent } from './event/event.ts'
export { artifactCommitUrl, commitUrl } from './event/commit-url.ts'
export { createEvent, kubernetesEventType, maxEventMessageLength } from './event/create.ts'
export type { EventContent, EventOrigin } from './event/create.ts'
export {
  commitStatusUpdate,
  eventGroup,
  eventMetadataKeys,
  eventRevision,
  groupMetadata,
  metadataOf,
  plainMetadata,
} from './event/metadata.ts'
export { hasDigest, hasRevision } from './artifact/artifact.ts'
export { formatRevision, parseRevision } from './artifact/revision.ts'
export type { Revision } from './artifact/revision.ts'
export { crds } from './crd/crds.ts'
export type { CustomResourceDefinition, CustomResourceVersion } from './crd/crd.ts'
export { validate } from './validate/validate.ts'
export type { Problem } from './validate/message.ts'
export type { Artifact, LocalObjectReference } from './schema/shapes.ts'
export {
  bucketKind,
  externalArtifactKind,
  gitRepositoryKind,
  helmChartKind,
  helmRepositoryKind,
  ociRepositoryKind,
  sourceGroup,
} from './source/v1/kinds.ts'
export {
  bucketConditions,
  gitRepositoryConditions,
  helmChartConditions,
  helmRepositoryConditions,
  ociRepositoryConditions,
} from './source/v1/conditions.ts'
export type { SourceConditions } from './source/v1/conditions.ts'
export {
  gitProvider,
  gitVerificationMode,
  helmRepositoryType,
  includeTarget,
  layerOperation,
  sourceInterval,
  sourceTimeout,
} from './source/v1/defaults.ts'
export type {
  GitRepository,
  GitRepositoryInclude,
  GitRepositoryRef,
  GitRepositorySpec,
  GitRepositoryStatus,
  GitRepositoryVerification,
} from './source/v1/git-repository.ts'
export type {
  OCILayerSelector,
  OCIRepository,
  OCIRepositoryRef,
  OCIRepositorySpec,
  OCIRepositoryStatus,
  OCIRepositoryVerification,
} from './source/v1/oci-repository.ts'
export type { HelmRepository, HelmRepositorySpec, HelmRepositoryStatus } from './source/v1/helm-repository.ts'
export type { HelmChart, HelmChartSourceReference, HelmChartSpec, HelmChartStatus } from './source/v1/helm-chart.ts'
export type { Bucket, BucketSpec, BucketStatus } from './source/v1/bucket.ts'
export type { ExternalArtifact, ExternalArtifactSpec, ExternalArtifactStatus } from './source/v1/external-artifact.ts'
export { kustomizationKind, kustomizeGroup } from './kustomize/v1/kinds.ts'
export {
  kustomizationDeletionPolicy,
  kustomizationInterval,
  kustomizationRetryInterval,
  kustomizationSubstituteStrategy,
  kustomizationTimeout,
} from './kustomize/v1/defaults.ts'
export { maxHistoryEntries, upsertHistory } from './kustomize/v1/history.ts'
export type { HistoryAttempt } from './kustomize/v1/history.ts'
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
export { alertKind, notificationGroup, providerKind, receiverKind } from './notification/kinds.ts'
export {
  deadLettersAnnotation,
  formatDeadLetters,
  newestDeadLettersAnnotation,
  parseDeadLetters,
} from './notification/dead-letters.ts'
export type { DeadLetterSummary } from './notification/dead-letters.ts'
export { alertReasons, providerTimeout, receiverInterval, receiverReasons } from './notification/defaults.ts'
export type { Alert, AlertEventSource, AlertSpec } from './notification/v1beta3/alert.ts'
export type { Provider, ProviderSpec, ProviderType } from './notification/v1beta3/provider.ts'
export type {
  Receiver,
  ReceiverResource,
  ReceiverSpec,
  ReceiverStatus,
  ReceiverType,
} from './notification/v1/receiver.ts'
export { webhookPath, webhookPrefix } from './notification/webhook-path.ts'
export type { OidcProvider } from './notification/v1/oidc-provider.ts'
