/** tfjs's wasm takes no more threads than this, however many are asked for. */
const most = 4

/** The threads that wasm starts: as many as asked for, or one per core, and no more than it takes. */
export const wasmThreads = (asked: number | undefined, cores: number): number =>
  Math.min(asked ?? cores, most)

/**
 * The number of cores by which tfjs's wasm starts that many threads: it halves what it is told, as if two cores were one.
 * Told the true number, a machine of two cores would compute on one thread, whatever is asked for.
 */
export const coresToTell = (threads: number): number => 2 * threads

/** The threads in words. */
export const threadsText = (threads: number): string =>
  `${threads} thread${threads === 1 ? '' : 's'}`
