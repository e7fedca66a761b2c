import type { Unit, UnitEstimate } from '@retable/harness'
import type { Summary } from '@retable/models'
import { optimizerFromSpec } from '@retable/optimizers'
import type { DataRequest } from '../data/data-request.js'
import { viewsOf } from './configs.js'
import type { EvaluateConfig, TrainConfig } from './configs.js'
import { multiplyAdds, summaryOf } from './net.js'

const float32 = 4

/** Two checkpoints are kept, and a third is there while it is written. */
const checkpointsAtOnce = 3

/** Node, tfjs, ONNX Runtime and their code: what a process holds before it has a net. */
const processBytes = 220e6

/** Freed arrays that are kept for later steps, and what kernels need while they run: on onnx, by measurement (docs/cluster.md). */
const kept = 1.35

/** Bytes of a process with so many bytes of tensors at once, and its data set: CIFAR-10 is held as a whole. */
const processOf = (tensorBytes: number, { kind }: DataRequest): number =>
  processBytes + kept * tensorBytes + (kind === 'cifar10' ? 60_000 * 3072 : 0)

/** Bytes of the largest layer's output, of one image. */
const largestOutput = ({ rows }: Summary): number =>
  Math.max(...rows.map(({ outputShape }) => outputShape.reduce((a, b) => a * b, float32)))

/**
 * Bytes of a training. Memory: the process with parameters, gradients and optimizer state, with the new parameters and state beside the
 * old during an update; for each image of a batch the outputs of all layers, which the backward pass reads, and the
 * gradients of two of the largest.
 */
export const trainingEstimate = ({ net, data, learning }: TrainConfig): UnitEstimate => {
  const summary = summaryOf(net)
  const { parameterBytes, activationBytes } = summary.totals
  const slots = optimizerFromSpec(learning.optimizer).slots.length
  const perImage = activationBytes + 2 * largestOutput(summary)
  return {
    memoryBytes: processOf(parameterBytes * (3 + 2 * slots) + perImage * learning.batchSize, data),
    checkpointBytes: checkpointsAtOnce * parameterBytes * (1 + slots),
    artifactBytes: parameterBytes,
  }
}

/** Bytes of stored posteriors: a probability per class, and loss, label and index. */
const posteriorBytes = (images: number, classes: number): number =>
  images * (classes * float32 + 4 * float32)

/** How many images are tested: the unit's cost is theirs. */
const imagesOf = ({ config, cost }: Unit): number => {
  const { net, protocol, scale } = config as EvaluateConfig
  const views = viewsOf(protocol, scale, summaryOf(net).inputShape[0]!)
  return Math.round(cost / (multiplyAdds(net) * views))
}

const classesOf = ({ net }: EvaluateConfig): number =>
  summaryOf(net).rows.at(-1)!.outputShape.at(-1)!

/**
 * Bytes of a test. Memory: the process with the parameters, the images of a batch with the two largest outputs, enlarged with the image
 * if a net runs densely, and all posteriors, which are averaged in double precision.
 */
export const testEstimate = (unit: Unit, batchSizeAt: (Q: number) => number): UnitEstimate => {
  const config = unit.config as EvaluateConfig
  const summary = summaryOf(config.net)
  const enlarged = (config.scale / summary.inputShape[0]!) ** 2
  const stored = posteriorBytes(imagesOf(unit), classesOf(config))
  const perImage = 3 * largestOutput(summary) * Math.max(1, enlarged)
  return {
    memoryBytes: processOf(
      summary.totals.parameterBytes + perImage * batchSizeAt(config.scale) + 3 * stored,
      config.data,
    ),
    checkpointBytes: 0,
    artifactBytes: stored,
  }
}

/** Bytes of a fusion: it reads all the posteriors that it averages, and stores none. */
export const fusionEstimate = ({ needs }: Unit): UnitEstimate => {
  const read = Object.values(needs).map(
    (need) => need.definition.estimate?.(need).artifactBytes ?? 0,
  )
  const all = read.reduce((sum, bytes) => sum + bytes, 0)
  return { memoryBytes: all + 2 * Math.max(0, ...read), checkpointBytes: 0, artifactBytes: 0 }
}

/** Of a unit that computes a few numbers from others' results. */
export const numbersOnly: UnitEstimate = { memoryBytes: 0, checkpointBytes: 0, artifactBytes: 0 }
