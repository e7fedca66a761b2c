import { createRandom, disposeParams, mapParams } from '@retable/core'
import { adam, constant, earlyStopping, reduceOnPlateau, sgd, stepDecay } from '@retable/optimizers'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { softmaxCrossEntropy } from '../loss/softmax-cross-entropy.js'
import { tinyData, tinyNet, valuesOf } from '../testing/tiny.js'
import { fit } from './fit.js'
import type { FitOptions, FitResult, StepEvent } from './options.js'
import { cloneState, disposeState, packState, unpackState } from './training-state.js'
import type { TrainingState } from './training-state.js'

const net = tinyNet()
const data = tinyData()
const validation = { data: tinyData({ seed: 9, length: 2 }).epoch(0, { startBatch: 0 }) }
const random = createRandom(5)

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  model: net.model,
  ...(!('params' in more) &&
    more.startFrom === undefined && { params: net.init(random.stream('init')) }),
  data,
  optimizer: adam({ weightDecay: 1e-3 }),
  schedule: stepDecay({ learningRate: 0.02, every: 7, factor: 0.5 }),
  ...(more.steps === undefined && { epochs: 3 }),
  validation,
  reduceOnPlateau: reduceOnPlateau({ patience: 0, factor: 0.5, threshold: 0.3 }),
  random,
  trainErrors: true,
  curveEvery: 3,
  ...more,
})

/** All of a result that a resumed run must have, bit for bit. */
const fingerprint = ({ state, curve, ended }: FitResult) => ({
  params: valuesOf(state.params),
  slots: Object.fromEntries(
    Object.entries(state.optimizer.slots).map(([slot, tree]) => [slot, valuesOf(tree)]),
  ),
  json: packState(state).json,
  curve,
  ended,
})

test('overfits one batch', async () => {
  const batch = data.batch(0, 0)
  const plain = tinyNet({ rate: 0 })
  const one = () => ({
    async *[Symbol.asyncIterator]() {
      yield { ...batch, index: 0 }
    },
  })
  const { curve } = await fit({
    model: plain.model,
    params: plain.init(random),
    data: one,
    stepsPerEpoch: 1,
    optimizer: sgd({ momentum: 0.9 }),
    schedule: 0.1,
    steps: 60,
    trainErrors: true,
  })
  expect(curve[0]!['trainLoss']).toBeGreaterThan(0.8)
  expect(curve.at(-1)!['trainLoss']).toBeLessThan(0.01)
  expect(curve.at(-1)!['trainTop1']).toBe(0)
})

test('memory is flat over steps, and nothing but the result is left', async () => {
  const params = net.init(random)
  const before = tf.memory().numTensors
  const counts: number[] = []
  const result = await fit(
    options({ params, epochs: 5, onStep: () => counts.push(tf.memory().numTensors) }),
  )
  expect(new Set(counts.slice(2, -1)).size).toBeLessThanOrEqual(2)
  expect(Math.max(...counts.slice(2))).toBe(Math.max(...counts.slice(2, 6)))
  expect(tf.memory().numTensors).toBe(before + 4 * 3)
  disposeState(result.state)
  expect(tf.memory().numTensors).toBe(before)
  expect(valuesOf(params)).toEqual(valuesOf(net.init(random)))
})

test('disposeStart lets go of what was given', async () => {
  const before = tf.memory().numTensors
  const result = await fit(options({ disposeStart: true }))
  disposeState(result.state)
  expect(tf.memory().numTensors).toBe(before)
})

test('same seed, same bits; another seed, others', async () => {
  const one = fingerprint(await fit(options()))
  expect(fingerprint(await fit(options()))).toEqual(one)
  const other = fingerprint(await fit(options({ random: createRandom(6) })))
  expect(other.params).not.toEqual(one.params)
})

test('a run resumed at any step equals the uninterrupted one, bit for bit, through JSON', async () => {
  const stopping = earlyStopping({ patience: 50 })
  const more = { earlyStopping: stopping, epochs: 4 }
  const whole = fingerprint(await fit(options(more)))
  expect(whole.json.plateau!.reductions).toBeGreaterThan(0)
  const written: string[] = []
  await fit(
    options({
      ...more,
      checkpoint: {
        everySteps: 1,
        save: async (state) => {
          await new Promise((resolve) => setTimeout(resolve, 2)) // training continues meanwhile
          const { tensors, json } = packState(state)
          const shapes = Object.fromEntries(
            Object.entries(tensors).map(([name, t]) => [name, t.shape]),
          )
          written.push(JSON.stringify({ values: valuesOf(tensors), shapes, json }))
        },
      },
    }),
  )
  expect(written).toHaveLength(16)
  for (const text of written) {
    const { values, shapes, json } = JSON.parse(text)
    const tensors = Object.fromEntries(
      Object.keys(values).map((name) => [name, tf.tensor(values[name], shapes[name])]),
    )
    const startFrom = unpackState({ tensors, json })
    expect(fingerprint(await fit(options({ ...more, startFrom })))).toEqual(whole)
  }
})

test('a run stopped by its signal saves, and resumes to the same end; in a validation too', async () => {
  const whole = fingerprint(await fit(options()))
  for (const during of ['step', 'validation'] as const) {
    const controller = new AbortController()
    let saved: TrainingState | undefined
    const before = tf.memory().numTensors
    const params = net.init(random.stream('init'))
    const run = fit(
      options({
        params,
        signal: controller.signal,
        onStep: ({ step }) => during === 'step' && step === 6 && controller.abort(),
        ...(during === 'validation' && {
          validation: {
            data: {
              async *[Symbol.asyncIterator]() {
                for await (const batch of validation.data) {
                  if (saved === undefined && tf.memory().numTensors > 0) controller.abort()
                  yield batch
                }
              },
            },
          },
        }),
        checkpoint: { save: (state) => void (saved = cloneState(state)) },
      }),
    )
    await expect(run).rejects.toMatchObject({ code: 'interrupted' })
    expect(saved!.settled).toBe(during === 'step')
    expect(tf.memory().numTensors).toBe(before + 4 + 12)
    const startFrom = saved!
    expect(fingerprint(await fit(options({ startFrom })))).toEqual(whole)
    disposeParams(params)
  }
})

/** The data with one value of one image made something else, at one batch. */
const poisoned = (at: { epoch: number; index: number }, value: number): FitOptions['data'] => ({
  length: data.length,
  epoch: (epoch, from) => ({
    async *[Symbol.asyncIterator]() {
      for await (const batch of data.epoch(epoch, from)) {
        if (epoch === at.epoch && batch.index === at.index) batch.images[147] = value
        yield batch
      }
    },
  }),
})

test('a loss that is NaN stops the run, naming step, batch and rate, and leaves nothing behind', async () => {
  const steps: number[] = []
  let calls = 0
  const params = net.init(random)
  const before = tf.memory().numTensors
  await expect(
    fit(
      options({
        params,
        loss: (logits, labels) => {
          const loss = softmaxCrossEntropy(logits, labels)
          return ++calls === 7 ? tf.mul(loss, Number.NaN) : loss
        },
        schedule: constant(0.025),
        onStep: ({ step }) => steps.push(step),
      }),
    ),
  ).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining(
      'the loss is NaN at step 6, batch 2 of epoch 1 (all counted from 0), learning rate 0.025',
    ),
  })
  expect(steps).toEqual([1, 2, 3, 4, 5, 6])
  expect(tf.memory().numTensors).toBe(before)
})

test('an image that is no number stops the run before the net sees it, at any step', async () => {
  const params = net.init(random)
  for (let step = 0; step < 12; step++) {
    const saved: number[] = []
    const before = tf.memory().numTensors
    const at = { epoch: Math.floor(step / 4), index: step % 4 }
    await expect(
      fit(
        options({
          params,
          data: poisoned(at, [NaN, Infinity, -Infinity][step % 3]!),
          checkpoint: { everySteps: 1, save: (state) => void saved.push(state.step) },
        }),
      ),
    ).rejects.toMatchObject({
      code: 'corrupt-data',
      // Value 147 of 72 per image: the third of the batch.
      message: `the image of example ${at.index * 5 + 2} (epoch ${at.epoch}, batch ${at.index}) holds ${[NaN, Infinity, -Infinity][step % 3]}, expected finite numbers`,
    })
    expect(saved).toEqual(Array.from({ length: step }, (_, i) => i + 1))
    expect(tf.memory().numTensors).toBe(before)
  }
})

test('a validation image that is no number stops the run: no check of it is kept', async () => {
  const hidden = hidingNet()
  const before = tf.memory().numTensors
  for (const epoch of [0, 1, 2]) {
    const points: number[] = []
    const saved: number[] = []
    let checks = 0
    const images = {
      async *[Symbol.asyncIterator]() {
        const harmed = checks++ === epoch
        for await (const batch of validation.data) {
          if (harmed) batch.images.fill(NaN, 72, 144)
          yield batch
        }
      },
    }
    await expect(
      fit(
        options({
          ...hidden,
          validation: { data: images },
          curveEvery: 100,
          onPoint: ({ step }) => void points.push(step),
          checkpoint: { everySteps: 1, save: ({ step }) => void saved.push(step) },
        }),
      ),
    ).rejects.toMatchObject({
      code: 'corrupt-data',
      message: `validation after step ${4 * (epoch + 1)}: the image of example 1 holds NaN, expected finite numbers`,
    })
    expect(points).toEqual([4, 8, 12].slice(0, epoch))
    expect(saved.at(-1)).toBe(4 * (epoch + 1) - 1)
  }
  disposeParams(hidden.params)
  expect(tf.memory().numTensors).toBe(before - 3)
})

/** A net through whose max-pool no NaN comes, on the cpu and wasm backends: its answer is then only that of the biases. */
const hidingNet = () => {
  const drawn = net.init(random)
  const model: FitOptions['model'] = {
    apply: (params, images) =>
      tf.tidy(() => {
        const conv = tf.conv2d(images, params['conv/kernel'] as tf.Tensor4D, 1, 'valid')
        const pooled = tf.relu(tf.maxPool(conv, 4, 4, 'valid'))
        const rows = tf.reshape(pooled, [images.shape[0], 4])
        return tf.add<tf.Tensor2D>(tf.matMul(rows, params['fc/kernel']!), params['fc/bias']!)
      }),
  }
  const params = {
    'conv/kernel': drawn['conv/kernel']!,
    'fc/kernel': tf.ones([4, 3]),
    'fc/bias': tf.zeros([3]),
  }
  for (const name of ['conv/bias', 'fc/kernel', 'fc/bias']) drawn[name]!.dispose()
  return { model, params }
}

test('parameters that are NaN are found though the loss is finite, before they are saved', async () => {
  const { model, params } = hidingNet()
  // A gradient of 0·∞ from the third batch on: the loss stays what it was, and hides what follows.
  let calls = 0
  const losses: number[] = []
  const saved: number[] = []
  const before = tf.memory().numTensors
  const run = fit(
    options({
      params,
      model: {
        apply: (given, images, ctx) =>
          tf.tidy(() => {
            const logits = model.apply(given, images, ctx)
            if (++calls !== 3) return logits
            const nothing = tf.mul(tf.sum(given['conv/kernel']!), 0)
            return tf.add<tf.Tensor2D>(logits, tf.sqrt(nothing))
          }),
      },
      validation: { run: async () => ({ validationLoss: 1 }) },
      curveEvery: 100,
      onStep: ({ loss }) => losses.push(loss),
      checkpoint: { everySteps: 1, save: ({ step }) => void saved.push(step) },
    }),
  )
  await expect(run).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining(
      'parameter "conv/kernel" holds NaN or infinity after step 3; a lower learning rate may help',
    ),
  })
  expect(losses.every(Number.isFinite)).toBe(true)
  expect(saved).toEqual([1, 2])
  expect(tf.memory().numTensors).toBe(before)
})

test('a checkpoint that is asked for is saved after the next update, before training continues', async () => {
  const saved: number[] = []
  let updates = 0
  const asked = (): boolean => [3, 4].includes(++updates)
  const save = async ({ step }: TrainingState): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    // Training waits until it is saved.
    saved.push(step, updates)
  }
  await fit(options({ checkpoint: { asked, save } }))
  expect(saved).toEqual([3, 3, 4, 4])
})

test('an optimizer whose state has overflown is found though no parameter shows it', async () => {
  const saved: number[] = []
  const large = sgd({ momentum: 0 })
  const run = fit(
    options({
      // As Adam's second moment if a gradient is over 1e19: infinite, and what it divides is 0 ever after.
      optimizer: {
        ...large,
        init: (params) => ({
          step: 0,
          slots: { v: mapParams(params, (value) => tf.zerosLike(value)) },
        }),
        update: (params, _, { step, slots }) => ({
          params: mapParams(params, (value) => tf.clone(value)),
          state: {
            step: step + 1,
            slots: {
              v: mapParams(slots['v']!, (value) => tf.add(value, step === 2 ? Infinity : 1)),
            },
          },
        }),
      },
      curveEvery: 100,
      checkpoint: { everySteps: 1, save: ({ step }) => void saved.push(step) },
    }),
  )
  await expect(run).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining(
      'optimizer state "v" of "conv/kernel" holds NaN or infinity after step 3',
    ),
  })
  expect(saved).toEqual([1, 2])
})

test('a rate that is too high is reported as divergence too', async () => {
  await expect(
    fit(options({ optimizer: sgd({ momentum: 0.9 }), schedule: 1e30 })),
  ).rejects.toMatchObject({ code: 'diverged', message: expect.stringContaining('1e+30') })
})

test('a label that is no class is an error that names the example', async () => {
  const wrong: FitOptions['data'] = {
    length: 4,
    epoch: (epoch, at) => ({
      async *[Symbol.asyncIterator]() {
        for await (const batch of data.epoch(epoch, at)) {
          if (batch.index === 1) batch.labels[2] = 3
          yield batch
        }
      },
    }),
  }
  const before = tf.memory().numTensors
  const params = net.init(random)
  await expect(fit(options({ params, data: wrong }))).rejects.toThrow(
    'the label of example 7 (batch 1) is 3, expected an integer from 0 to 2, as the net has 3 classes',
  )
  disposeParams(params)
  expect(tf.memory().numTensors).toBe(before)
})

test('the curve, checks and rules: worked by hand with validation by a function', async () => {
  const losses = [5, 4, 4, 4, 3]
  const rates: number[] = []
  const events: StepEvent[] = []
  const { curve, ended, state } = await fit(
    options({
      epochs: 5,
      schedule: 0.1,
      optimizer: sgd(),
      curveEvery: 100,
      validation: {
        run: async (params, { step }) => {
          expect(Object.keys(params)).toHaveLength(4)
          return { validationLoss: losses[step / 4 - 1]! }
        },
      },
      reduceOnPlateau: reduceOnPlateau({ patience: 0, factor: 0.5 }),
      onStep: (event) => {
        events.push(event)
        rates.push(event.learningRate)
      },
    }),
  )
  expect(ended).toBe('completed')
  expect(curve.map((point) => point['validationLoss'])).toEqual(losses)
  expect(curve.map((point) => point['step'])).toEqual([4, 8, 12, 16, 20])
  expect(curve.map((point) => point['epoch'])).toEqual([1, 2, 3, 4, 5])
  // The third and fourth checks find no improvement, and each halves the rate of what follows.
  expect(curve.map((point) => point['learningRate'])).toEqual([0.1, 0.1, 0.1, 0.05, 0.025])
  expect(rates.slice(11, 13)).toEqual([0.1, 0.05])
  expect(state.plateau).toMatchObject({ best: 3, reductions: 2, scale: 0.25 })
  expect(events.map((event) => event.batch)).toEqual(Array.from({ length: 20 }, (_, i) => i % 4))
  const first = events.slice(0, 4).reduce((sum, event) => sum + event.loss, 0) / 4
  expect(curve[0]!['trainLoss']).toBeCloseTo(first, 12)
})

test('early stopping ends the run after its patience', async () => {
  const { ended, curve, state } = await fit(
    options({
      epochs: 10,
      validation: { run: async (_, { step }) => ({ validationLoss: step === 4 ? 1 : 2 }) },
      earlyStopping: earlyStopping({ patience: 2 }),
      curveEvery: 100,
    }),
  )
  expect(ended).toBe('early-stopping')
  expect(curve).toHaveLength(3)
  expect(state.step).toBe(12)
  const again = await fit(options({ epochs: 10, startFrom: state, earlyStopping: earlyStopping() }))
  expect(again.ended).toBe('early-stopping')
  expect(again.state.step).toBe(12)
})

test('steps that are no whole epochs: the last step is validated, and no check is made of it', async () => {
  const { curve, state } = await fit(options({ steps: 6, curveEvery: 100 }))
  expect(curve.map((point) => point['step'])).toEqual([4, 6])
  expect(curve[1]!['validationLoss']).toBeGreaterThan(0)
  expect(curve[1]!['epoch']).toBe(1.5)
  expect(state.sums.images).toBe(0)
})

test('a failed save ends the run with its error', async () => {
  const save = async () => {
    throw new Error('the disk is full')
  }
  const before = tf.memory().numTensors
  const params = net.init(random)
  await expect(fit(options({ params, checkpoint: { everySteps: 2, save } }))).rejects.toThrow(
    'the disk is full',
  )
  expect(tf.memory().numTensors).toBe(before + 4)
})

test.each([
  [{ params: undefined }, 'fit takes params or startFrom, found neither'],
  [{ epochs: undefined }, 'fit takes epochs or steps, found neither'],
  [{ epochs: 0 }, "fit's epochs is an integer of at least 1, found 0"],
  [{ data: () => data.epoch(0, { startBatch: 0 }) }, 'fit takes stepsPerEpoch'],
  [{ validation: { run: async () => ({}), every: { steps: 0 } } }, 'validation.every.steps'],
  [{ checkpoint: { everyMinutes: 0, save: () => {} } }, 'checkpoint.everyMinutes'],
  [{ checkpoint: { share: 1, save: () => {} } }, 'checkpoint.share'],
  [{ scheduler: 0.1 }, 'fit has no option "scheduler"; did you mean schedule?'],
  [{ checkpoint: { everyStep: 3 } }, 'did you mean everySteps'],
  [{ schedule: undefined }, "fit's schedule is a rate or a function"],
  [{ schedule: -0.1 }, 'the learning rate is a finite number of at least 0, found -0.1'],
  [{ plateauMetric: 'accuracy' }, 'there is no metric "accuracy" to watch; this check has step'],
  [{ data: { ...data, length: 9 } }, 'ended after 4 batches, expected 9'],
])('bad options are refused: %j', async (more, message) => {
  await expect(fit({ ...options(), ...more } as FitOptions)).rejects.toThrow(message)
})

test('a state that does not fit is refused', async () => {
  const { state } = await fit(options())
  await expect(fit(options({ startFrom: state, data: tinyData({ length: 5 }) }))).rejects.toThrow(
    'has 4 batches per epoch, the data 5',
  )
  await expect(fit(options({ startFrom: state, steps: 3 }))).rejects.toThrow('beyond the 3 steps')
  await expect(
    fit(
      options({
        startFrom: { ...state, settled: true },
        optimizer: sgd({ momentum: 0.9 }),
        epochs: 4,
      }),
    ),
  ).rejects.toThrow("the optimizer's state has the slots m, v, expected momentum")
})

test('curveEvery draws the curve and changes nothing else: the rules see whole epochs', async () => {
  const rule = reduceOnPlateau({ patience: 0, factor: 0.5, threshold: 0.1 })
  const run = async (curveEvery?: FitOptions['curveEvery']) => {
    const { validation: _, curveEvery: __, ...rest } = options({ epochs: 6, reduceOnPlateau: rule })
    const { state, curve } = await fit({ ...rest, ...(curveEvery !== undefined && { curveEvery }) })
    return { params: valuesOf(state.params), plateau: state.plateau, last: state.lastCheck, curve }
  }
  const whole = await run()
  expect(whole.plateau!.scale).toBeLessThan(1)
  expect(whole.last).toEqual(whole.curve.at(-1))
  for (const every of [2, 3, { perEpoch: 2 }, { perEpoch: 3 }]) {
    const { params, plateau, last } = await run(every)
    expect(params).toEqual(whole.params)
    expect(plateau).toEqual(whole.plateau)
    expect(last).toEqual(whole.last)
  }
})

test('curveEvery per epoch: windows of as many batches each, give or take one', async () => {
  const steps = async (perEpoch: number) =>
    (await fit(options({ epochs: 2, curveEvery: { perEpoch } }))).curve.map(({ step }) => step)
  expect(await steps(1)).toEqual([4, 8])
  expect(await steps(2)).toEqual([2, 4, 6, 8])
  expect(await steps(3)).toEqual([2, 3, 4, 6, 7, 8])
  expect(await steps(9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  await expect(fit(options({ curveEvery: { perEpoch: 0 } }))).rejects.toThrow(
    "fit's curveEvery.perEpoch is an integer of at least 1, found 0",
  )
})
