// Loaded before a command (`--import`): a second later the clock stands a day and more back, and goes on from there.
const day = 86_400_000
const began = performance.now()
const { Date: Real } = globalThis
const shift = () => (performance.now() - began > 1000 ? -1.5 * day : 0)

globalThis.Date = class extends Real {
  constructor(...words) {
    if (words.length > 0) super(...words)
    else super(Real.now() + shift())
  }
  static now() {
    return Real.now() + shift()
  }
}
