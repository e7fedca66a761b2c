import type { Random } from '@retable/core'
import { fromSpec, RetableError, type Specs } from '@retable/core'

/** How many values a unit reads, and how many units read a value: what Glorot's and He's rules scale by. */
export interface Fans {
  /** Values that one unit reads: kernel height × width × input channels of a group. */
  readonly fanIn: number
  /** Units that read one value. */
  readonly fanOut: number
}

/**
 * Makes a parameter's first values, float32 in row-major order, `shape` holding them: only from `random`, so that
 * they do not depend on the backend.
 */
export interface Initializer {
  (random: Random, shape: readonly number[], fans: Fans): Float32Array
  /** Makes it again by `initializerFromSpec`. One of your own may do without. */
  readonly spec?: InitializerSpec
}

/** An initializer as plain JSON: `{ kind: 'normal', std: 0.01 }`. A new one is a line here and one in `initializers` below. */
export type InitializerSpec = Specs<{
  constant: { readonly value: number }
  glorotNormal: object
  glorotUniform: object
  heNormal: object
  heUniform: object
  normal: { readonly std: number; readonly mean?: number }
  pytorchUniform: object
  zeros: object
}>

const withSpec = (
  initialize: (random: Random, shape: readonly number[], fans: Fans) => Float32Array,
  spec: InitializerSpec,
): Initializer =>
  Object.assign(
    (random: Random, shape: readonly number[], fans: Fans) => initialize(random, shape, fans),
    { spec },
  )

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

const checkNumber = (what: string, value: number, least: number): number => {
  if (!Number.isFinite(value) || value < least) {
    const range = least === -Infinity ? 'a finite number' : `a finite number of at least ${least}`
    throw new RetableError('invalid-argument', `${what} must be ${range}, found ${value}`)
  }
  return value
}

/**
 * The fans of a convolution's kernel `[kh, kw, inC / groups, outC]`: fan in kh·kw·inC/groups, fan out
 * kh·kw·outC/groups, since an input channel is read only by its own group's filters. (PyTorch leaves the groups
 * out of its fan out.) A dense kernel `[in, out]` is the 1×1 case.
 *
 * @example
 * fansOf([5, 5, 48, 256], 2) // AlexNet's conv2: { fanIn: 1200, fanOut: 3200 }
 */
export const fansOf = (kernelShape: readonly number[], groups = 1): Fans => {
  const inputs = kernelShape.at(-2) ?? 1
  const outputs = kernelShape.at(-1) ?? 1
  const window = sizeOf(kernelShape.slice(0, -2))
  return { fanIn: window * inputs, fanOut: (window * outputs) / groups }
}

/**
 * Normal values of the given standard deviation: N(mean, std²). AlexNet §5 uses std 0.01; VGG §3.1 writes "variance
 * 10⁻²", std 0.1.
 *
 * @throws RetableError `invalid-argument` if std is negative or either number is not finite.
 * @example
 * conv2d({ name: 'conv1', filters: 96, kernelSize: 11, kernelInitializer: normal(0.01) })
 */
export const normal = (std: number, mean = 0): Initializer => {
  checkNumber("normal's std", std, 0)
  checkNumber("normal's mean", mean, -Infinity)
  return withSpec(
    (random, shape) => random.fillNormal(new Float32Array(sizeOf(shape)), mean, std),
    { kind: 'normal', std, mean },
  )
}

/** The same value everywhere; draws nothing. AlexNet §5 starts some biases from `constant(1)`. */
export const constant = (value: number): Initializer => {
  checkNumber("constant's value", value, -Infinity)
  return withSpec((_random, shape) => new Float32Array(sizeOf(shape)).fill(value), {
    kind: 'constant',
    value,
  })
}

/** Zero everywhere; draws nothing. */
export const zeros = (): Initializer => constant(0)

const uniformWithin = (limit: (fans: Fans) => number, spec: InitializerSpec): Initializer =>
  withSpec((random, shape, fans) => {
    const bound = limit(fans)
    return random.fillUniform(new Float32Array(sizeOf(shape)), -bound, bound)
  }, spec)

const normalWith = (std: (fans: Fans) => number, spec: InitializerSpec): Initializer =>
  withSpec(
    (random, shape, fans) => random.fillNormal(new Float32Array(sizeOf(shape)), 0, std(fans)),
    spec,
  )

/**
 * Glorot & Bengio 2010, equation 16: uniform over ±√(6 / (fanIn + fanOut)), which has variance
 * 2 / (fanIn + fanOut). The layers' default.
 */
export const glorotUniform = (): Initializer =>
  uniformWithin(({ fanIn, fanOut }) => Math.sqrt(6 / (fanIn + fanOut)), { kind: 'glorotUniform' })

/** Glorot & Bengio 2010, equation 12: normal with variance 2 / (fanIn + fanOut), not truncated. */
export const glorotNormal = (): Initializer =>
  normalWith(({ fanIn, fanOut }) => Math.sqrt(2 / (fanIn + fanOut)), { kind: 'glorotNormal' })

/** He et al. 2015, equation 10, for nets of ReLUs: uniform over ±√(6 / fanIn), which has variance 2 / fanIn. */
export const heUniform = (): Initializer =>
  uniformWithin(({ fanIn }) => Math.sqrt(6 / fanIn), { kind: 'heUniform' })

/** He et al. 2015, equation 10, for nets of ReLUs: normal with variance 2 / fanIn, not truncated. */
export const heNormal = (): Initializer =>
  normalWith(({ fanIn }) => Math.sqrt(2 / fanIn), { kind: 'heNormal' })

/**
 * What PyTorch's `nn.Conv2d` and `nn.Linear` do by themselves, kernels and biases alike: uniform over ±1/√fanIn
 * (`kaiming_uniform_` with a = √5), fanIn being the kernel's.
 */
export const pytorchUniform = (): Initializer =>
  uniformWithin(({ fanIn }) => 1 / Math.sqrt(fanIn), { kind: 'pytorchUniform' })

const initializers = {
  constant: ({ value }: { readonly value: number }) => constant(value),
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  normal: ({ std, mean }: { readonly std: number; readonly mean?: number }) => normal(std, mean),
  pytorchUniform,
  zeros,
}

/**
 * The initializer that `spec` describes.
 *
 * @throws RetableError `unknown-name` for an unknown kind, `invalid-argument` for a number out of range.
 * @example
 * initializerFromSpec({ kind: 'normal', std: 0.01 })
 */
export const initializerFromSpec = (spec: InitializerSpec): Initializer =>
  fromSpec('initializer', initializers, spec)

/** What a layer's option holds: an initializer, or the spec of one. */
export const toInitializer = (given: Initializer | InitializerSpec): Initializer =>
  typeof given === 'object' && given !== null ? initializerFromSpec(given) : given

/** The specs of a layer's initializers by option; undefined if one is a function of your own. */
export const initializerSpecs = <Name extends string>(
  given: Readonly<Record<Name, Initializer>>,
): Readonly<Record<Name, InitializerSpec>> | undefined => {
  const specs: Partial<Record<Name, InitializerSpec>> = {}
  for (const [name, { spec }] of Object.entries(given) as [Name, Initializer][]) {
    if (spec === undefined) return undefined
    specs[name] = spec
  }
  return specs as Readonly<Record<Name, InitializerSpec>>
}
