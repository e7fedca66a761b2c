// Whether two results folders hold the same results of the same units: `node tools/slurm/same-results.mjs MADE REFERENCE`.
// Every result of MADE must be in REFERENCE, with the same metrics, curve and artifacts, bit by bit.
import { openStore, outcomeHash } from '@retable/harness/node'

const [made, reference] = process.argv.slice(2).map(openStore)
const results = made.list().map(({ result }) => result)
const others = reference.snapshot()
const different = results.filter((result) => {
  const other = others.find(result.key)?.result
  return other === undefined || outcomeHash(other) !== outcomeHash(result)
})
for (const { label, seed } of different) console.error(`${label} (seed ${seed}) differs`)
console.log(`${results.length - different.length} of ${results.length} results are the same`)
process.exit(results.length > 0 && different.length === 0 ? 0 : 1)
