import { checkRandom, RetableError } from '@retable/core/host'
import type { Random } from '@retable/core/host'
import { shapeText } from './image.js'
import type { Image, ImageShape } from './image.js'
import { begin, finish, finishInto, toFloats } from './lazy.js'
import type { LazyImage } from './lazy-image.js'

/** A transform as plain JSON: its factory's name as `kind`, and its options, defaults filled in. */
export interface TransformSpec {
  /** The name of the transform's factory. */
  readonly kind: string
  readonly [option: string]: unknown
}

/** What {@link Transform.into} wrote: `views` images of one shape, one after the other. */
export interface Written extends ImageShape {
  /** The number of images written. */
  readonly views: number
}

interface Described {
  /** remakes the transform by `transformFromSpec`, in another thread too; part of a run's configuration */
  readonly spec: TransformSpec
  /**
   * Writes what the transform makes into `out` from `offset` (default 0) on, and allocates next to nothing: the same
   * numbers as calling it, bytes divided by 255.
   *
   * @throws RetableError `invalid-shape` if `out` has too little room; nothing is written then.
   */
  into(image: Image, random: Random | undefined, out: Float32Array, offset?: number): Written
}

/**
 * A pure function of an image and a random stream. The image given is never written to, and the one returned shares no
 * memory with it. `random` may be left out if the transform draws nothing.
 */
export interface Transform extends Described {
  (image: Image, random?: Random): Image
}

/** A {@link Transform} that makes several views of an image (`fiveCrop`, `tenCrop`, `multiCrop`). */
export interface MultiViewTransform extends Described {
  (image: Image, random?: Random): readonly Image[]
}

/** A function of your own among the transforms of a `compose`; it cannot be remade from a spec. */
export type CustomTransform = (image: Image, random: Random) => Image

/** What a transform does, as steps to be taken later: of each lazy image, one or several. */
export interface Recipe {
  readonly name: string
  /** whether `steps` draws from `random` */
  readonly draws: boolean
  readonly multi: boolean
  readonly steps: (views: readonly LazyImage[], random: Random) => readonly LazyImage[]
}

type SpecOrMaker = TransformSpec | (() => TransformSpec)

const recipes = new WeakMap<object, Recipe>()

/** The recipe of a transform made by this package, undefined for any other function. */
export const recipeOf = (transform: object): Recipe | undefined => recipes.get(transform)

const make = <Made>(
  recipe: Recipe,
  spec: SpecOrMaker,
  pick: (images: readonly Image[]) => Made,
): ((image: Image, random?: Random) => Made) & Described => {
  const run = (image: Image, random: Random | undefined): readonly LazyImage[] => {
    if (recipe.draws && random === undefined) {
      throw new RetableError(
        'invalid-argument',
        `${recipe.name} draws at random and needs a stream as second argument, for example createRandom(1)`,
      )
    }
    if (random !== undefined) checkRandom(recipe.name, random)
    return recipe.steps([begin(image)], random as Random)
  }
  const into = (image: Image, random: Random | undefined, out: Float32Array, offset = 0) => {
    const views = run(image, random)
    const { height, width, channels } = views[0]!
    const size = height * width * channels
    if (!(Number.isInteger(offset) && offset >= 0 && offset + views.length * size <= out.length)) {
      throw new RetableError(
        'invalid-shape',
        `${recipe.name} makes ${views.length} of ${shapeText(views[0]!)} here, ${views.length * size} values, found room for ${out.length - offset}; images of a batch are of one shape: resize or crop them`,
      )
    }
    for (const [i, view] of views.entries()) finishInto(toFloats(view), out, offset + i * size)
    return { views: views.length, height, width, channels }
  }
  const transform = (image: Image, random?: Random) => pick(run(image, random).map(finish))
  recipes.set(transform, recipe)
  let known: TransformSpec | undefined
  return Object.defineProperties(transform, {
    name: { value: recipe.name },
    into: { value: into, enumerable: true },
    spec: { get: () => (known ??= typeof spec === 'function' ? spec() : spec), enumerable: true },
  }) as typeof transform & Described
}

/** A recipe of one view into one; after several views it draws again for each. */
export const singleRecipe = (
  name: string,
  step: (view: LazyImage, random: Random) => LazyImage,
  draws: boolean,
): Recipe => ({
  name,
  draws,
  multi: false,
  steps: (views, random) => views.map((view) => step(view, random)),
})

/** A transform of one view into one. */
export const transformOf = (recipe: Recipe, spec: SpecOrMaker): Transform =>
  make(recipe, spec, (images) => images[0]!)

/** A transform of one view into one, named by its spec. */
export const makeTransform = (
  spec: TransformSpec,
  step: (view: LazyImage, random: Random) => LazyImage,
  draws: boolean = false,
): Transform => transformOf(singleRecipe(spec.kind, step, draws), spec)

/** A transform into several views. */
export const multiViewOf = (recipe: Recipe, spec: SpecOrMaker): MultiViewTransform =>
  make(recipe, spec, (images) => images)
