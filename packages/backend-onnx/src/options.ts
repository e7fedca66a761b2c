import { RetableError, unknownName } from '@retable/core'

/** Where graphs run. */
export type OnnxProvider = 'cpu' | 'webgpu' | 'cuda'

/** How the backend runs. */
export interface OnnxBackendOptions {
  /** ONNX Runtime's execution provider; `'cpu'` unless given */
  readonly provider?: OnnxProvider
  /** threads of one kernel; as many as there are cores unless given */
  readonly threads?: number
  /** how much ONNX Runtime rewrites a graph; `'all'` unless given */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all'
  /**
   * whether convolutions run on maps in blocks of channels, on processors for which ONNX Runtime has that; true unless
   * given
   */
  readonly blocks?: boolean
  /** sessions kept, the least recently used going first; 64 unless given */
  readonly maxSessions?: number
  /** kernels recorded before the graph is cut and run; 5,000 unless given */
  readonly maxKernels?: number
  /** a path prefix: each session writes ONNX Runtime's profile there when it is closed */
  readonly profile?: string
}

/** Options with nothing left open. */
export interface ResolvedOptions {
  /** The execution provider of ONNX Runtime. */
  readonly provider: OnnxProvider
  /** Threads of one kernel. */
  readonly threads: number
  /** How much ONNX Runtime rewrites a graph. */
  readonly optimization: 'disabled' | 'basic' | 'extended' | 'all'
  /** Whether convolutions run on maps in blocks of channels, if ONNX Runtime has that. */
  readonly blocks: boolean
  /** Sessions kept before the least recently used is closed. */
  readonly maxSessions: number
  /** Kernels recorded before the graph is cut and run. */
  readonly maxKernels: number
  /** The path prefix of ONNX Runtime's profiles; null if none are written. */
  readonly profile: string | null
}

const providers: readonly OnnxProvider[] = ['cpu', 'webgpu', 'cuda']
const levels = ['disabled', 'basic', 'extended', 'all'] as const

const positive = (name: string, value: number): number => {
  if (Number.isInteger(value) && value > 0) return value
  throw new RetableError(
    'invalid-argument',
    `${name} must be a positive whole number, not ${value}`,
  )
}

/** Checks options and fills in what is left out. */
export const resolveOptions = (options: OnnxBackendOptions, cores: number): ResolvedOptions => {
  const provider = options.provider ?? 'cpu'
  if (!providers.includes(provider)) throw unknownName('provider', provider, providers)
  const optimization = options.optimization ?? 'all'
  if (!levels.includes(optimization)) throw unknownName('optimization', optimization, levels)
  return {
    provider,
    optimization,
    threads: positive('threads', options.threads ?? cores),
    blocks: options.blocks ?? true,
    maxSessions: positive('maxSessions', options.maxSessions ?? 64),
    maxKernels: positive('maxKernels', options.maxKernels ?? 5000),
    profile: options.profile ?? null,
  }
}
