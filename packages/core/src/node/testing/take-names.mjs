// Gives a file names 0 to 99 in a folder, one every 40 ms from a time on, and makes a folder each time; prints which
// names were free. Arguments: library, folder, start.
import { writeFileSync } from 'node:fs'

const [library, folder, start] = process.argv.slice(2)
const { linkNew, makeFolder } = await import(library)

const own = `${folder}/of-${process.pid}`
writeFileSync(own, '')
const taken = []
for (let i = 0; i < 100; i++) {
  while (Date.now() < Number(start) + 40 * i);
  if (linkNew(own, `${folder}/${i}`)) taken.push(i)
  makeFolder(`${folder}/folder-${i}`)
}
console.log(JSON.stringify(taken))
