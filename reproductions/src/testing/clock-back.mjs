// Loaded before a command (`--import`): once the file named by CLOCK_BACK is there, the clock is set a day and a half back,
// and continues from there.
import { existsSync } from 'node:fs'

const back = process.env.CLOCK_BACK
const { Date: Real } = globalThis
let isBack = false
const now = () => {
  isBack ||= existsSync(back)
  return Real.now() - (isBack ? 1.5 * 86_400_000 : 0)
}

globalThis.Date = class extends Real {
  constructor(...words) {
    if (words.length > 0) super(...words)
    else super(now())
  }
  static now() {
    return now()
  }
}
