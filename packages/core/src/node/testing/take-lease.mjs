// Takes a lease at a given moment and says whether it got it: `node take-lease.mjs LIBRARY PATH TIME [hold]`.
import { existsSync } from 'node:fs'

const [library, path, time, hold] = process.argv.slice(2)
const { takeLease } = await import(library)
while (Date.now() < Number(time));
const lease = takeLease(path)
console.log(lease.taken ? 'taken' : 'busy')
if (hold) {
  process.stdin.on('end', () => {
    if (lease.taken) lease.release()
    process.exit(0)
  })
  process.stdin.resume()
} else if (lease.taken) {
  // Held until the others have looked.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  if (existsSync(path)) lease.release()
}
