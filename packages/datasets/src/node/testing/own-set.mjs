/** A data set from outside this package, as a user's module would make it: read asynchronously. */
export const gray = ({ length, failAt = -1, crashAt = -1, side = 24 }) => ({
  name: 'gray',
  classes: ['dark', 'light'],
  length,
  fingerprint: 'ab'.repeat(32),
  spec: {
    kind: 'module',
    url: import.meta.url,
    factory: 'gray',
    options: { length, failAt, crashAt, side },
  },
  get: async (i) => {
    if (!Number.isInteger(i) || i < 0 || i >= length) {
      const error = new Error(`gray has examples 0 to ${length - 1}, found index ${i}`)
      throw Object.assign(error, { name: 'RetableError', code: 'invalid-argument' })
    }
    await new Promise((resolve) => setTimeout(resolve, (i * 5) % 3))
    if (i === failAt) throw new Error(`gray-${i}.png vanished`)
    if (i === crashAt) process.exit(7)
    const data = new Uint8Array(side * side * 3).map((_, k) => (i * 20 + k) % 256)
    return { image: { data, height: side, width: side, channels: 3 }, label: i % 2 }
  },
})

export const notAFunction = 3
