import type { Params } from '@retable/core'
import { safetensorsHeader } from '@retable/models'
import * as tf from '@tensorflow/tfjs-core'

/** The most that one piece holds; a whole state in one array may be more than the system gives. */
const pieceBytes = 256 * 2 ** 20

/** A backend that lends a tensor's numbers: what is read from it otherwise is lost to its own pool of memory. */
interface Lender {
  lend?(dataId: object, look: (values: ArrayBufferView) => void): boolean
}

/** The bytes of a safetensors file, in memory that is kept and shared with a thread. */
export interface Snapshot {
  /** Copies the tensors; they may be disposed of once it resolves. Returns the file's bytes, in pieces. */
  take(tensors: Params): Promise<readonly Uint8Array[]>
}

/**
 * A copy of a state, made again in the same memory each time: copying into memory in use costs a state of a gigabyte
 * and a half some 0.2 s, into fresh memory several times that.
 */
export const makeSnapshot = (): Snapshot => {
  let pieces: Uint8Array[] = []
  let total = -1

  const reserve = (bytes: number): void => {
    if (bytes === total) return
    total = bytes
    pieces = []
    for (let left = bytes; left > 0; left -= pieceBytes) {
      pieces.push(new Uint8Array(new SharedArrayBuffer(Math.min(left, pieceBytes))))
    }
  }

  const put = (values: ArrayBufferView, position: number): void => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    for (let done = 0; done < bytes.length;) {
      const at = position + done
      const piece = pieces[Math.floor(at / pieceBytes)]!
      const offset = at % pieceBytes
      const count = Math.min(bytes.length - done, piece.length - offset)
      piece.set(bytes.subarray(done, done + count), offset)
      done += count
    }
  }

  return {
    take: async (tensors) => {
      const header = safetensorsHeader(tensors)
      const all = Object.values(tensors)
      const sizes = all.map((tensor) => tensor.size * (tensor.dtype === 'bool' ? 1 : 4))
      reserve(sizes.reduce((sum, size) => sum + size, header.length))
      put(header, 0)
      let position = header.length
      const backend = tf.backend() as Lender
      for (const [i, tensor] of all.entries()) {
        const at = position
        const lent = backend.lend?.(tensor.dataId, (values) => put(values, at)) ?? false
        if (!lent) put(await tensor.data(), at)
        position += sizes[i]!
      }
      return pieces
    },
  }
}
