export { fit } from './fit/fit.js'
export type {
  CheckpointOptions,
  CustomValidation,
  DataValidation,
  Every,
  FitOptions,
  FitResult,
  PointEvent,
  StepEvent,
  TrainingBatch,
  TrainingData,
} from './fit/options.js'
export { disposeState, packState, unpackState } from './fit/training-state.js'
export type { CurvePoint } from '@retable/core'
export type { PackedState, RunningSums, TrainingState } from './fit/training-state.js'
export { crossEntropy, softmaxCrossEntropy } from './loss/softmax-cross-entropy.js'
export type { CrossEntropyOptions } from './loss/softmax-cross-entropy.js'
export type { Loss } from './loss/softmax-cross-entropy.js'
export type { ModelLike } from './model-like.js'
export { evaluate } from './evaluation/evaluate.js'
export type { EvaluateOptions } from './evaluation/evaluate.js'
export { predict } from './evaluation/predict.js'
export type { EvaluationBatch, PredictOptions } from './evaluation/predict.js'
export type { Prediction } from './evaluation/prediction.js'
export { packPrediction, unpackPrediction } from './evaluation/pack-prediction.js'
export { score } from './evaluation/score.js'
export type { Evaluation } from './evaluation/score.js'
export { fuse } from './evaluation/fuse.js'
export type { FuseOptions } from './evaluation/fuse.js'
export type { Averaging, Protocol, View } from './evaluation/protocol.js'
export {
  asIs,
  centerCrop,
  dense,
  multiCrop,
  protocolFromSpec,
  tenCrop,
} from './evaluation/protocols.js'
export type {
  AveragingOptions,
  CenterCropOptions,
  DenseOptions,
  MultiCropOptions,
  ProtocolSpec,
  TenCropOptions,
} from './evaluation/protocols.js'
export { batchesBySize } from './evaluation/batches-by-size.js'
export type { BatchesBySizeOptions, Prepare } from './evaluation/batches-by-size.js'
export { checkpointsIn } from './checkpoint/checkpoints.js'
export type {
  CheckpointFiles,
  Checkpoints,
  CheckpointsOptions,
  FoundCheckpoint,
} from './checkpoint/checkpoints.js'
export type { CheckpointIdentity } from './checkpoint/record.js'
export type { OnProgress, ProgressEvent } from './progress/progress.js'
export { formatProgress } from './progress/format-progress.js'
export { makeTrainer } from './fit/train-step.js'
export type { Learner, Stepped, Trainer } from './fit/train-step.js'
