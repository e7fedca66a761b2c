import { checkOptions, RetableError, type Random } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkContext, checkName, exampleShape, named } from './check.js'
import { dropoutMask } from './dropout-mask.js'
import type { Layer } from './layer.js'

/**
 * Where dropout makes up for the units it drops:
 * - `'inverted'`: kept units are divided by 1 − rate in training, and nothing is done in testing;
 * - `'scale-at-test'`: kept units stay as they are, and all are multiplied by 1 − rate in testing (AlexNet §4.2).
 */
export type DropoutForm = 'inverted' | 'scale-at-test'

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** the layer's name, unique in its net: it names the stream that the mask is drawn from */
  readonly name?: string
  /** the probability that a unit is dropped, from 0 up to but not including 1 */
  readonly rate: number
  /** default `'inverted'` */
  readonly form?: DropoutForm
}

/**
 * Dropout: in training each unit is set to zero with probability `rate`, independently of all others (AlexNet §4.2
 * has rate 0.5 in its first two fully-connected layers).
 *
 * Training, inverted: y = x·m / (1 − rate); testing: y = x. Training, scale-at-test: y = x·m; testing:
 * y = (1 − rate)·x. m is 0 with probability `rate`, else 1. Any shape, kept; no parameters. The default differs from
 * the paper's form; the two have the same expectation up to a constant factor 1 − rate.
 *
 * The mask comes only from `ctx.random.stream(name)` and is drawn on the host, so that it is the same on every
 * backend: pass a stream of the step (`random.stream('step', step)`), or every step drops the same units.
 *
 * @throws RetableError `invalid-argument` for a rate out of range, an unknown form or no context, and when training
 * without `ctx.random`.
 * @example
 * const drop6 = dropout({ name: 'drop6', rate: 0.5 })
 * drop6.apply({}, x, { training: true, random: createRandom(1).stream('step', 0) })
 */
export const dropout = (options: DropoutOptions): Layer => {
  checkOptions('dropout', options, { name: true, rate: true, form: true })
  const name = checkName(options.name ?? 'dropout')
  const { rate } = options
  const form = options.form ?? 'inverted'
  if (!(rate >= 0 && rate < 1)) {
    throw new RetableError(
      'invalid-argument',
      `${named(name)}: rate must be at least 0 and less than 1, found ${rate}`,
    )
  }
  const scales = scalesOf(name, form, 1 - rate)

  return {
    name,
    spec: { kind: 'dropout', name, rate, form },
    outputShape: (input) => [...input],
    init: () => ({}),
    apply: (_params, x, ctx) => {
      exampleShape(name, x)
      if (rate === 0) return tf.clone(x)
      if (!checkContext(name, ctx).training)
        return scales.test === 1 ? tf.clone(x) : tf.mul(x, scales.test)
      const { random } = ctx
      if (!random) {
        throw new RetableError(
          'invalid-argument',
          `${named(name)}: dropout needs ctx.random while training, found none; pass the step's stream, such as random.stream('step', step)`,
        )
      }
      const { shape, size } = x
      const make = (stream: Random): Float32Array => dropoutMask(stream, rate, scales.kept, size)
      return tf.tidy(() => {
        const stream = random.stream(name)
        const mask = ctx.draw?.(stream, make, shape) ?? tf.tensor(make(stream), shape, 'float32')
        return tf.mul(x, mask)
      })
    },
  }
}

const scalesOf = (
  name: string,
  form: DropoutForm,
  keep: number,
): { kept: number; test: number } => {
  switch (form) {
    case 'inverted':
      return { kept: 1 / keep, test: 1 }
    case 'scale-at-test':
      return { kept: 1, test: keep }
    default:
      form satisfies never
      throw new RetableError(
        'invalid-argument',
        `${named(name)}: form must be 'inverted' or 'scale-at-test', found ${JSON.stringify(form)}`,
      )
  }
}
