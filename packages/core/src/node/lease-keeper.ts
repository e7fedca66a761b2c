import { Worker } from 'node:worker_threads'

// A thread of its own, since a training step may keep the event loop of this one busy for minutes. Plain JavaScript in
// a string, so that it runs from sources, builds and bundles alike.
const program = `
const { closeSync, fstatSync, openSync, readFileSync, writeSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
const leases = new Map()
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const renew = ({ path, text }) => {
  // A lease that was renamed by mistake is back in a moment.
  for (let tries = 0; ; tries++) {
    try {
      const file = openSync(path, 'r+')
      try {
        if (readFileSync(file, 'utf8') !== text) return 'lost'
        writeSync(file, text, 0)
        return 'held'
      } finally {
        closeSync(file)
      }
    } catch (error) {
      // A disk that answers no more now may do so later: only what is seen counts.
      if (error.code !== 'ENOENT') return 'unknown'
      if (tries === 3) return 'lost'
      sleep(50)
    }
  }
}
parentPort.on('message', ({ add, remove }) => {
  if (add) {
    const timer = setInterval(() => {
      if (renew(add) !== 'lost') return
      clearInterval(timer)
      parentPort.postMessage(add.nonce)
    }, add.every)
    leases.set(add.nonce, timer)
  } else clearInterval(leases.get(remove))
})
`

interface Kept {
  readonly path: string
  readonly text: string
  readonly nonce: string
  /** Milliseconds between renewals. */
  readonly every: number
}

let thread: Worker | undefined
const listeners = new Map<string, () => void>()

const startThread = (): Worker => {
  const started = new Worker(program, { eval: true, execArgv: [] })
  started.on('message', (nonce: string) => listeners.get(nonce)?.())
  started.on('error', () => (thread = undefined))
  started.unref()
  return started
}

/**
 * Renews a lease from a thread until the function that is returned is called; `onLost` is called if somebody else has
 * taken it. The thread starts with the first lease that lasts longer than a sixth of the time between renewals.
 */
export const keepLease = (lease: Kept, onLost: () => void): (() => void) => {
  let isKept = false
  const timer = setTimeout(() => {
    isKept = true
    thread ??= startThread()
    listeners.set(lease.nonce, onLost)
    thread.postMessage({ add: lease })
  }, lease.every / 6)
  timer.unref()
  return () => {
    clearTimeout(timer)
    listeners.delete(lease.nonce)
    if (isKept) thread?.postMessage({ remove: lease.nonce })
  }
}
