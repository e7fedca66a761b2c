import { checkOptions, mapParams, RetableError } from '@retable/core'
import * as tf from '@tensorflow/tfjs-core'
import { checkBelowOne, checkNonNegative, checkUpdate } from './checks.js'
import type { Optimizer } from './optimizer.js'
import { parameterGroups, type ParameterGroup } from './parameter-groups.js'
import { withScalars, type Scalars } from './scalars.js'

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** μ, from 0 to below 1. Default 0. */
  readonly momentum?: number
  /** λ, of at least 0. Default 0. */
  readonly weightDecay?: number
  /** Where the learning rate enters: see {@link sgd}. Default 'pytorch'. */
  readonly form?: 'krizhevsky' | 'pytorch'
  /** τ, only in PyTorch's form. Default 0. */
  readonly dampening?: number
  /** Nesterov's momentum, only in PyTorch's form; needs momentum over 0 and no dampening. Default false. */
  readonly nesterov?: boolean
  /** Parameters with a weight decay or learning rate of their own; the first that fits counts. Default none. */
  readonly groups?: readonly ParameterGroup[]
}

/**
 * Stochastic gradient descent with momentum and weight decay, in AlexNet's form and in PyTorch's.
 *
 * - `'krizhevsky'` (Krizhevsky et al. 2012, §5): v ← μ·v − λ·ε·w − ε·g; w ← w + v.
 * - `'pytorch'` (torch.optim.SGD): g ← g + λ·w; v ← μ·v + (1 − τ)·g, where the first step has v ← g;
 *   w ← w − ε·v, with Nesterov w ← w − ε·(g + μ·v). Without momentum there is no v.
 *
 * ε is the learning rate. The two are the same path until ε changes: the velocity of the first then still holds
 * the old ε. `'pytorch'` is the default since most published code has it; AlexNet's results call for the other.
 * Every parameter is decayed, biases too, as both do; exclude some with `groups`. State: slot `momentum` (none
 * without momentum in PyTorch's form).
 *
 * @throws RetableError `invalid-argument` if an option is out of range or does not go with the form.
 * @example
 * const optimizer = sgd({ momentum: 0.9, weightDecay: 0.0005, form: 'krizhevsky' })
 * const state = optimizer.init(params)
 * const next = optimizer.update(params, grads, state, 0.01) // next.params, next.state; dispose of the old
 */
export const sgd = (options: SgdOptions = {}): Optimizer => {
  checkOptions('sgd', options, {
    momentum: true,
    weightDecay: true,
    form: true,
    dampening: true,
    nesterov: true,
    groups: true,
  })
  const {
    momentum = 0,
    weightDecay = 0,
    form = 'pytorch',
    dampening = 0,
    nesterov = false,
    groups: groupOptions = [],
  } = options
  checkBelowOne('momentum', momentum)
  checkNonNegative('weightDecay', weightDecay)
  checkBelowOne('dampening', dampening)
  checkForm({ momentum, form, dampening, nesterov })
  const groups = parameterGroups(groupOptions, weightDecay)
  const hasVelocity = form === 'krizhevsky' || momentum > 0
  const slots = hasVelocity ? ['momentum'] : []
  return {
    spec: { kind: 'sgd', form, momentum, weightDecay, dampening, nesterov, groups: groups.spec },
    slots,
    init: (params) => {
      groups.check(params)
      return {
        step: 0,
        slots: hasVelocity ? { momentum: mapParams(params, (w) => tf.zerosLike(w)) } : {},
      }
    },
    update: (params, grads, state, learningRate, changing) => {
      checkUpdate(slots, params, grads, state, learningRate)
      const velocities = state.slots['momentum'] ?? {}
      const updated = (
        name: string,
        w: tf.Tensor,
        { fixed, changing }: Scalars,
      ): { next: tf.Tensor; velocity?: tf.Tensor } => {
        const { weightDecay: decay, learningRateFactor } = groups.of(name)
        const g = decay > 0 ? tf.add(grads[name]!, tf.mul(w, fixed(decay))) : grads[name]!
        const rate = changing(`rate × ${learningRateFactor}`, (_, r) => r * learningRateFactor)
        if (!hasVelocity) return { next: tf.sub(w, tf.mul(g, rate)) }
        const kept = tf.mul(velocities[name]!, fixed(momentum))
        if (form === 'krizhevsky') {
          const velocity = tf.sub(kept, tf.mul(g, rate))
          return { next: tf.add(w, velocity), velocity }
        }
        // PyTorch's first velocity is the gradient itself: a factor, so that the graph stays the same.
        const fresh = (step: number): number => (step === 0 ? 1 : 1 - dampening)
        const velocity = tf.add(kept, dampening > 0 ? tf.mul(g, changing('fresh', fresh)) : g)
        const direction = nesterov ? tf.add(g, tf.mul(velocity, fixed(momentum))) : velocity
        return { next: tf.sub(w, tf.mul(direction, rate)), velocity }
      }
      return tf.tidy(() =>
        withScalars({ step: state.step, learningRate }, changing, (scalars) => {
          const newParams: Record<string, tf.Tensor> = {}
          const newVelocities: Record<string, tf.Tensor> = {}
          for (const [name, w] of Object.entries(params)) {
            const { next, velocity } = tf.tidy(() => updated(name, w, scalars))
            newParams[name] = next
            if (velocity) newVelocities[name] = velocity
          }
          return {
            params: newParams,
            state: {
              step: state.step + 1,
              slots: hasVelocity ? { momentum: newVelocities } : {},
            },
          }
        }),
      )
    },
  }
}

const checkForm = ({
  momentum,
  form,
  dampening,
  nesterov,
}: Required<Pick<SgdOptions, 'momentum' | 'form' | 'dampening' | 'nesterov'>>): void => {
  if (form !== 'krizhevsky' && form !== 'pytorch') {
    throw new RetableError(
      'invalid-argument',
      `form is 'krizhevsky' or 'pytorch', found '${String(form)}'`,
    )
  }
  if (form === 'krizhevsky' && (dampening !== 0 || nesterov)) {
    throw new RetableError(
      'invalid-argument',
      `form 'krizhevsky' has no ${nesterov ? 'nesterov' : 'dampening'}; it belongs to form 'pytorch'`,
    )
  }
  if (nesterov && !(momentum > 0 && dampening === 0)) {
    throw new RetableError(
      'invalid-argument',
      `nesterov needs momentum over 0 and dampening 0, found momentum ${momentum} and dampening ${dampening}`,
    )
  }
}
