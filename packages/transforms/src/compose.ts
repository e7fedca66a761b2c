import { RetableError } from '@retable/core/host'
import { begin, finish } from './lazy.js'
import { multiViewOf, recipeOf, singleRecipe, transformOf } from './transform.js'
import type {
  CustomTransform,
  MultiViewTransform,
  Recipe,
  Transform,
  TransformSpec,
} from './transform.js'

interface Part {
  readonly recipe: Recipe
  readonly spec: () => TransformSpec
  /** the part's stream below the one given: its name, and how many of that name come before it */
  readonly stream: readonly [string, number]
}

/** The transforms that a composed one is made of, so that nesting changes nothing. */
const inner = new WeakMap<object, readonly (Transform | MultiViewTransform | CustomTransform)[]>()

const customRecipe = (custom: CustomTransform): Recipe =>
  singleRecipe(
    custom.name === '' ? 'custom' : custom.name,
    (view, random) => begin(custom(finish(view), random)),
    true,
  )

const specOf = (transform: Transform | MultiViewTransform | CustomTransform): TransformSpec =>
  'spec' in transform ? transform.spec : { kind: 'custom', function: transform.name }

/**
 * One transform after the other, as one transform.
 *
 * Each draws from a stream of its own, `random.stream(name, k)`, k counting the transforms of that name before it: adding
 * one, or moving it, leaves the draws of the others as they were. A composed transform inside counts as its parts. A
 * transform after one that makes several views is applied to each of them, with draws of their own.
 *
 * What the parts do is worked out first and done in one pass over the pixels of the result: crops and flips cost
 * nothing, a resize computes only what the crops after it keep, and bytes go through a table; the result is that of
 * doing one after the other, to the bit. A function of your own may be among them (draws from the stream of its
 * name); its spec cannot be remade.
 *
 * @throws RetableError `invalid-argument` for an empty list or something that is no function.
 * @example
 * const train = compose([
 *   randomCrop({ size: 32, padding: 4 }),
 *   randomHorizontalFlip(),
 *   normalize({ mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262] }),
 * ])
 * const image = train(example.image, createRandom(1))
 */
export function compose(transforms: readonly (Transform | CustomTransform)[]): Transform
export function compose(
  transforms: readonly (Transform | MultiViewTransform | CustomTransform)[],
): MultiViewTransform
export function compose(
  transforms: readonly (Transform | MultiViewTransform | CustomTransform)[],
): Transform | MultiViewTransform {
  const given: unknown = transforms
  if (!Array.isArray(given) || given.length === 0) {
    throw new RetableError('invalid-argument', 'compose takes a list of at least one transform')
  }
  const flat = transforms.flatMap((transform, i) => {
    if (typeof transform !== 'function') {
      throw new RetableError(
        'invalid-argument',
        `compose takes transforms, found ${typeof transform} as number ${i}`,
      )
    }
    return inner.get(transform) ?? [transform]
  })
  const seen = new Map<string, number>()
  const parts = flat.map((transform): Part => {
    const made = recipeOf(transform) ?? customRecipe(transform as CustomTransform)
    const before = seen.get(made.name) ?? 0
    seen.set(made.name, before + 1)
    return { recipe: made, spec: () => specOf(transform), stream: [made.name, before] }
  })
  const whole: Recipe = {
    name: 'compose',
    draws: parts.some((part) => part.recipe.draws),
    multi: parts.some((part) => part.recipe.multi),
    steps: (first, random) => {
      let views = first
      for (const { recipe, stream } of parts) {
        views = recipe.steps(views, recipe.draws ? random.stream(...stream) : random)
      }
      return views
    },
  }
  const spec = () => ({ kind: 'compose', transforms: parts.map((part) => part.spec()) })
  const composed = whole.multi ? multiViewOf(whole, spec) : transformOf(whole, spec)
  inner.set(composed, flat)
  return composed
}
