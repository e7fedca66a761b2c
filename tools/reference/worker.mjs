// PyTorch's process (worker.py): frames go in, lines of JSON come out.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/**
 * @param {string} python
 * @returns `send(header, ...arrays)` sends a frame, `ask` sends one and reads its answer, `end` ends the process
 */
export const startWorker = (python) => {
  const child = spawn(python, [new URL('worker.py', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  child.on('exit', (code) => {
    if (code) process.exit(1)
  })
  const send = async (header, ...arrays) => {
    const json = Buffer.from(JSON.stringify(header))
    const parts = arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))
    const lengths = Buffer.alloc(8)
    lengths.writeUInt32LE(json.length, 0)
    lengths.writeUInt32LE(
      parts.reduce((sum, { length }) => sum + length, 0),
      4,
    )
    for (const part of [lengths, json, ...parts]) {
      if (!child.stdin.write(part)) await once(child.stdin, 'drain')
    }
  }
  return {
    send,
    ask: async (header, ...arrays) => {
      await send(header, ...arrays)
      const { value, done } = await lines.next()
      if (done) throw new Error('PyTorch ended')
      return JSON.parse(value)
    },
    end: () => child.stdin.end(),
  }
}
