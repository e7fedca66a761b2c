import { checkOptions, mapParams } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkBelowOne, checkNonNegative, checkUpdate } from './checks.js'
import type { Optimizer } from './optimizer.js'
import { parameterGroups, type ParameterGroup } from './parameter-groups.js'
import { withScalars, type Scalars } from './scalars.js'

/** Options of {@link adam} and {@link adamw}. */
export interface AdamOptions {
  /** β₁, from 0 to below 1. Default 0.9. */
  readonly beta1?: number
  /** β₂, from 0 to below 1. Default 0.999. */
  readonly beta2?: number
  /** Added to √v̂. Default 1e-8. */
  readonly epsilon?: number
  /** λ, of at least 0. Default 0 for adam, 0.01 for adamw. */
  readonly weightDecay?: number
  /** Divide by the largest v so far (Reddi et al. 2018). Default false. */
  readonly amsgrad?: boolean
  /** Parameters with a weight decay or learning rate of their own; the first that fits counts. Default none. */
  readonly groups?: readonly ParameterGroup[]
}

/**
 * Adam (Kingma & Ba, arXiv 1412.6980, Algorithm 1) with L2 weight decay, as torch.optim.Adam.
 *
 * g ← g + λ·w; m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − ε·m̂/(√v̂ + epsilon), with
 * m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). The decay goes through m and v; {@link adamw} keeps it out.
 * State: slots `m`, `v` and, with amsgrad, `vMax`.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * const optimizer = adam({ weightDecay: 1e-4 })
 * const next = optimizer.update(params, grads, optimizer.init(params), 1e-3)
 */
export const adam = (options: AdamOptions = {}): Optimizer => adamRule('adam', 0, options)

/**
 * AdamW (Loshchilov & Hutter, arXiv 1711.05101): Adam with the decay apart from the moments, as torch.optim.AdamW.
 *
 * w ← w·(1 − ε·λ), then Adam's step without decay. Default λ = 0.01, PyTorch's. State as {@link adam}'s.
 *
 * @throws RetableError `invalid-argument` if an option is out of range.
 * @example
 * const optimizer = adamw({ weightDecay: 0.05, groups: [{ names: ['*bias'], weightDecay: 0 }] })
 */
export const adamw = (options: AdamOptions = {}): Optimizer => adamRule('adamw', 0.01, options)

const adamRule = (
  name: 'adam' | 'adamw',
  defaultDecay: number,
  options: AdamOptions,
): Optimizer => {
  checkOptions(name, options, {
    beta1: true,
    beta2: true,
    epsilon: true,
    weightDecay: true,
    amsgrad: true,
    groups: true,
  })
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = defaultDecay,
    amsgrad = false,
    groups: groupOptions = [],
  } = options
  checkBelowOne('beta1', beta1)
  checkBelowOne('beta2', beta2)
  checkNonNegative('epsilon', epsilon)
  checkNonNegative('weightDecay', weightDecay)
  const groups = parameterGroups(groupOptions, weightDecay)
  const slots = amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v']
  return {
    spec: { kind: name, beta1, beta2, epsilon, weightDecay, amsgrad, groups: groups.spec },
    slots,
    init: (params) => {
      groups.check(params)
      return {
        step: 0,
        slots: Object.fromEntries(
          slots.map((slot) => [slot, mapParams(params, (w) => tf.zerosLike(w))]),
        ),
      }
    },
    update: (params, grads, state, learningRate, changing) => {
      checkUpdate(slots, params, grads, state, learningRate)
      const step = state.step + 1
      // m̂/(√v̂ + epsilon) is m/(√v + epsilon·c) · c/(1 − β₁ᵗ) with c = √(1 − β₂ᵗ): the corrections are numbers.
      const c = (t: number): number => Math.sqrt(1 - beta2 ** t)
      const stepSize = (t: number, rate: number): number => (rate * c(t)) / (1 - beta1 ** t)
      // Each tidy lets go of tensors of the parameter's size before the next are made: on eager backends VGG-16's update
      // peaks at 2.2 rather than 3.0 GB.
      const updated = (
        key: string,
        w: tf.Tensor,
        { fixed, changing }: Scalars,
      ): Record<string, tf.Tensor> => {
        const { weightDecay: decay, learningRateFactor } = groups.of(key)
        const coupled = name === 'adam' && decay > 0
        const g = coupled
          ? tf.tidy(() => tf.add(grads[key]!, tf.mul(w, fixed(decay))))
          : grads[key]!
        const m = tf.tidy(() =>
          tf.add(tf.mul(state.slots['m']![key]!, fixed(beta1)), tf.mul(g, fixed(1 - beta1))),
        )
        const v = tf.tidy(() =>
          tf.add(
            tf.mul(state.slots['v']![key]!, fixed(beta2)),
            tf.mul(tf.square(g), fixed(1 - beta2)),
          ),
        )
        const largest = amsgrad ? tf.maximum(state.slots['vMax']![key]!, v) : v
        const next = tf.tidy(() => {
          const direction = tf.div(
            m,
            tf.add(
              tf.sqrt(largest),
              changing('epsilon', (t) => epsilon * c(t + 1)),
            ),
          )
          const kept =
            name === 'adamw' && decay > 0
              ? tf.mul(
                  w,
                  changing(
                    `kept, rate × ${learningRateFactor}, decay ${decay}`,
                    (_, rate) => 1 - rate * learningRateFactor * decay,
                  ),
                )
              : w
          return tf.sub(
            kept,
            tf.mul(
              direction,
              changing(
                `step size × ${learningRateFactor}`,
                (t, rate) => stepSize(t + 1, rate) * learningRateFactor,
              ),
            ),
          )
        })
        return amsgrad ? { next, m, v, vMax: largest } : { next, m, v }
      }
      return tf.tidy(() =>
        withScalars({ step: state.step, learningRate }, changing, (scalars) => {
          const newParams: Record<string, tf.Tensor> = {}
          const newSlots: Record<string, Record<string, tf.Tensor>> = Object.fromEntries(
            slots.map((slot) => [slot, {}]),
          )
          for (const [key, w] of Object.entries(params)) {
            const made = tf.tidy(() => updated(key, w, scalars))
            newParams[key] = made['next']!
            for (const slot of slots) newSlots[slot]![key] = made[slot]!
          }
          return { params: newParams, state: { step, slots: newSlots } }
        }),
      )
    },
  }
}
