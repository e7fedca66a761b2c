import { unitFiles } from '#unit-files'
import { disposeParams, isRetableError } from '@retable/core'
import type { Params } from '@retable/core'
import { defineUnit } from '@retable/harness'
import type { CurvePoint, JsonObject, UnitContext, UnitFactory, UnitOutput } from '@retable/harness'
import { loadSafetensors, modelFromSpec } from '@retable/models'
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
import { trainingEstimate } from './estimates.js'
import { curveOf } from './learning.js'
import { chanceOf, whyDiverged, zeroed } from './diverged.js'
import { drawsOf, startingParams, trainingData } from './training-data.js'

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
    const { learning } = config
    const random = drawsOf(config, context.random)
    const open = (request: JsonObject) => context.data<OpenedDataset>(request)
    const {
      classes,
      batches: data,
      steps,
      validation,
      pixels,
    } = await trainingData(config, random, open, context)
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
        classes,
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
      ...(found ? { startFrom: found.state } : { params: await drawnOrTaken(context, model) }),
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
      ...(validation && { validation: { data: validation.batches } }),
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
          const seen = `validating ${progress.step} of ${validation!.images} images`
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
  const drawn = model.init(drawsOf(context.config, context.random).stream('init'))
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

/** What a net starts from: {@link startingParams} of the needed unit's weights. */
const drawnOrTaken = async (context: UnitContext<TrainConfig>, model: Model): Promise<Params> => {
  const { config, needs } = context
  const random = drawsOf(config, context.random)
  if (config.startFrom === null) return startingParams(config, random, model)
  const source = await readWeights(needs['start']!.artifacts['weights']!)
  try {
    return startingParams(config, random, model, source)
  } finally {
    disposeParams(source)
  }
}

/** Parameters from a weights artifact; the caller disposes of them. */
export const readWeights = async (path: string): Promise<Params> =>
  loadSafetensors(await unitFiles.readBytes(path))
