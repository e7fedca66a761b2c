// Compiles assembly/pixels.ts and writes src/pixels-wasm.ts, which holds the module as base64: `npm run kernels`.
// With --check it writes nothing and fails if that file is not what the sources give.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const source = readFileSync(path('../assembly/pixels.ts'), 'utf8')
const options = { runtime: 'stub', enable: ['simd'], optimizeLevel: 3, converge: true, noAssert: true, use: ['abort='], initialMemory: 1 } // prettier-ignore
const { error, binary, stderr } = await asc.compileString(source, options)
if (error !== null) throw new Error(`assembly/pixels.ts does not compile: ${stderr.toString()}`)

const lines = Buffer.from(binary)
  .toString('base64')
  .match(/.{1,110}/g)
const content = `/** assembly/pixels.ts compiled by \`npm run kernels\`, as base64. */
export const pixelsWasm: string = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('')
`
const target = path('../src/pixels-wasm.ts')
if (!process.argv.includes('--check')) writeFileSync(target, content)
else if (readFileSync(target, 'utf8') !== content) {
  console.error(
    'src/pixels-wasm.ts is not what assembly/pixels.ts gives; make it by npm run kernels',
  )
  process.exit(1)
}
