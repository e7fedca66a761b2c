import { unitFiles } from '#unit-files'
import { disposeParams, isRetableError } from '@retable/core'
import type { Params, Random } from '@retable/core'
import { loader } from '@retable/datasets'
import { defineUnit } from '@retable/harness'
import type { CurvePoint, JsonObject, UnitContext, UnitFactory, UnitOutput } from '@retable/harness'
import { loadSafetensors, modelFromSpec, transferFrom } from '@retable/models'
import type { Model } from '@retable/models'
import {
  optimizerFromSpec,
  plateauFromSpec,
  scheduleFromSpec,
  stoppingFromSpec,
} from '@retable/optimizers'
import { disposeState, fit } from '@retable/training'
import type { OpenedDataset } from '../data/data-request.js'
import type { TrainConfig } from './configs.js'
import { measurePixels, trainTransform, validationTransform } from './input.js'
import { trainingEstimate } from './estimates.js'
import { curveOf } from './learning.js'
import { chanceOf, whyDiverged, zeroed } from './diverged.js'
import { heldOut, limited } from './select.js'

/** Where a net draws from. */
const streamOf = ({ config: { member }, random }: UnitContext<TrainConfig>): Random =>
  member === undefined ? random : random.stream('member', member)

/**
 * Trains a net, with checkpoints in the work folder, from the last of which an interrupted run resumes. Artifact
 * `weights` (safetensors); metrics `trainLoss` and `trainTop1` (of the last epoch, or of the curve's last window where
 * the run ends within one), `epochs`, `steps`, with validation `validationTop1` and
 * `validationLoss`; extra `pixels`, what was measured on the training images.
 *
 * A training that diverges is a result too: a net whose weights are all 0, errors of chance, the curve as far as it got, and
 * extra `diverged`, why. So is one that would start from such a net. If no update at all had a finite loss that is an
 * error: what is at fault then is more likely the data or the recipe.
 */
export const trainNet: UnitFactory<TrainConfig> = defineUnit<TrainConfig>({
  kind: 'train-net',
  version: 2,
  estimate: ({ config }) => trainingEstimate(config as TrainConfig),
  run: async (context) => {
    const { config, signal } = context
    const random = streamOf(context)
    const { learning, input } = config
    const { dataset } = await context.data<OpenedDataset>(config.data)
    const { train, validation: share } = heldOut(
      limited(dataset, config.limit),
      config.validation,
      random,
    )
    const validation = config.validationData
      ? (await context.data<OpenedDataset>(config.validationData)).dataset
      : share
    const pixels = await measurePixels(train, input)
    const data = loader(train, {
      batchSize: learning.batchSize,
      shuffle: true,
      dropLast: train.length >= learning.batchSize,
      random: random.stream('data'),
      transform: trainTransform(input, pixels),
      workers: context.workers,
    })
    const steps =
      'steps' in learning.length ? learning.length.steps : learning.length.epochs * data.length
    const model = modelFromSpec(config.net)
    const { plateau, stopping } = learning
    const checkpoints = unitFiles.checkpointsOf({
      workDir: context.workDir,
      identity: context.identity(),
      warn: context.log,
    })
    const diverged = (why: string, step: number, curve: readonly CurvePoint[]) =>
      divergedNet({
        context,
        model,
        classes: dataset.classes.length,
        validated: validation !== undefined,
        extra: { pixels: pixels as unknown as JsonObject, diverged: why },
        trained: { steps: step, epochs: step / data.length },
        curve,
      })
    const start = context.needs['start']
    if (start && whyDiverged(start) !== undefined) {
      return diverged('the net that it starts from diverged', 0, [])
    }
    const found = await checkpoints.latest({ force: context.force })
    if (found) context.log(`resumes from the checkpoint after step ${found.state.step} of ${steps}`)
    let trained = found?.state.step ?? 0
    const points: CurvePoint[] = [...(found?.state.curve ?? [])]
    const fitted = await fit({
      model,
      ...(found ? { startFrom: found.state } : { params: await startingParams(context, model) }),
      disposeStart: true,
      data,
      steps,
      optimizer: optimizerFromSpec(learning.optimizer),
      schedule: scheduleFromSpec(learning.schedule),
      random: random.stream('fit'),
      signal,
      checkpoint: {
        everyMinutes: context.checkpointMinutes,
        ...(context.checkpointShare !== undefined && { share: context.checkpointShare }),
        ...(context.checkpointAsked && { asked: context.checkpointAsked }),
        save: checkpoints.save,
      },
      trainErrors: true,
      curveEvery: curveOf(learning, steps),
      ...(plateau && { reduceOnPlateau: plateauFromSpec(plateau.rule) }),
      ...(plateau?.metric !== undefined && { plateauMetric: plateau.metric }),
      ...(stopping && { earlyStopping: stoppingFromSpec(stopping.rule) }),
      ...(stopping?.metric !== undefined && { stoppingMetric: stopping.metric }),
      ...(validation && {
        validation: {
          data: loader(validation, {
            batchSize: learning.batchSize,
            transform: validationTransform(input, pixels),
          }),
        },
      }),
      onPoint: ({ point }) => {
        points.push(point)
        context.point(point)
      },
      onProgress: ({ steps: _, etaSeconds: __, phase, ...progress }) => {
        if (phase === 'training') {
          trained = progress.step
          context.progress({ ...progress, steps })
        } else {
          // A validation is no step of the training: how far that is stays as it was.
          const seen = `validating ${progress.step} of ${validation!.length} images`
          context.progress({ ...progress, step: trained, steps, phase: seen })
        }
      },
    }).catch((error: unknown) => {
      if (!isRetableError(error) || error.code !== 'diverged' || trained === 0) throw error
      return error.message
    })
    if (typeof fitted === 'string') return diverged(fitted, trained, points)
    const { state, curve } = fitted
    // Kept until the result is: a disk that is full just now costs no training.
    await checkpoints.save(state)
    const weights = context.artifact('weights.safetensors')
    await unitFiles.writeTensors(weights, state.params, { model: model.name })
    // Of a run that ends with an epoch the whole epoch counts, and not only the last window of the curve.
    const last = state.lastCheck?.['step'] === state.step ? state.lastCheck : curve.at(-1)
    disposeState(state)
    return {
      metrics: {
        ...last,
        epochs: state.step / data.length,
        steps: state.step,
      },
      curve,
      artifacts: { weights },
      extra: { pixels: pixels as unknown as JsonObject },
    }
  },
})

/** What a training that diverged leaves: see {@link trainNet}. */
const divergedNet = async ({
  context,
  model,
  classes,
  validated,
  extra,
  trained,
  curve,
}: {
  readonly context: UnitContext<TrainConfig>
  readonly model: Model
  readonly classes: number
  readonly validated: boolean
  readonly extra: JsonObject
  readonly trained: { readonly steps: number; readonly epochs: number }
  readonly curve: readonly CurvePoint[]
}): Promise<UnitOutput> => {
  context.log(`diverged: ${whyDiverged({ extra })}`)
  const drawn = model.init(streamOf(context).stream('init'))
  const nothing = zeroed(drawn)
  disposeParams(drawn)
  const weights = context.artifact('weights.safetensors')
  try {
    await unitFiles.writeTensors(weights, nothing, { model: model.name })
  } finally {
    disposeParams(nothing)
  }
  const { top1, loss } = chanceOf(classes)
  return {
    metrics: {
      ...{ trainLoss: loss, trainTop1: top1 },
      ...(validated && { validationLoss: loss, validationTop1: top1 }),
      ...trained,
    },
    curve,
    artifacts: { weights },
    extra,
  }
}

/** Drawn parameters, or what a net trained before hands over. */
const startingParams = async (context: UnitContext<TrainConfig>, model: Model): Promise<Params> => {
  const { config, needs } = context
  const drawn = streamOf(context).stream('init')
  const { startFrom } = config
  if (startFrom === null) return model.init(drawn)
  const source = await readWeights(needs['start']!.artifacts['weights']!)
  try {
    return transferFrom(modelFromSpec(startFrom.net), source, model, drawn, {
      layers: startFrom.layers,
    })
  } finally {
    disposeParams(source)
  }
}

/** Parameters from a weights artifact; the caller disposes of them. */
export const readWeights = async (path: string): Promise<Params> =>
  loadSafetensors(await unitFiles.readBytes(path))
