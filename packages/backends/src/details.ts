/** What is known of a backend that runs, besides its name: plain JSON, worth keeping with results. */
export interface BackendDetails {
  /** The GPU, or the software in its place, as the browser names it. */
  readonly renderer?: string
  /** Whether the renderer is known to be software: slow, and right. */
  readonly software?: boolean
  /** Of webgl: whether it computes in 32-bit numbers. Without them gradients are wrong by several percent. */
  readonly float32?: boolean
  /** The longest side of a texture, in pixels, or the largest buffer, in bytes. */
  readonly maxTextureSize?: number
  /** Of webgpu: the largest buffer, in bytes. */
  readonly maxBufferSize?: number
}

/** A running backend: what it is, and when it is lost. */
export interface Inspection {
  readonly details: BackendDetails
  /**
   * Resolves with a sentence when the browser takes the GPU away, and never otherwise. From then on a tensor's values
   * cannot be trusted: `dataSync()` gives zeros and `data()` may never resolve.
   */
  readonly lost: Promise<string>
}

/** For a backend that cannot be lost, or is not any more. */
export const never: Promise<string> = new Promise(() => undefined)

/** Names of renderers that compute on the CPU. */
export const isSoftware = (renderer: string): boolean =>
  /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i.test(renderer)

/** What there is to say of a backend that cannot be lost. */
export const nothingMore: Inspection = { details: {}, lost: never }
