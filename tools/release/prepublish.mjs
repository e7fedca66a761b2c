// What `npm publish` runs first in a package's folder (`prepublishOnly`): builds the package and refuses to publish one that
// would be empty or carry leftovers. It checks that everything the manifest points at exists, and that every compiled file has
// a source: `tsc -b` removes nothing, so a renamed source leaves its old output behind.
import { execSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The files that a manifest's `exports`, `imports` or `bin` points at. */
const targetsOf = (entry) =>
  typeof entry === 'string' ? [entry] : Object.values(entry ?? {}).flatMap(targetsOf)

/**
 * Why a package's folder must not be published as it is; empty if it may.
 *
 * @param {string} folder
 * @returns {readonly string[]} one sentence for each fault
 */
export const publishingFaults = (folder) => {
  const { exports, imports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const missing = [exports, imports, bin]
    .flatMap(targetsOf)
    .filter((file) => !existsSync(join(folder, file)))
    .map((file) => `${file} is missing: run npm run build`)
  const dist = join(folder, 'dist')
  const compiled = existsSync(dist) ? readdirSync(dist, { recursive: true }).map(String) : []
  const leftovers = compiled
    // What tsc writes comes with declarations; a bundle that a build script writes does not.
    .filter((file) => file.endsWith('.js') && compiled.includes(file.replace(/\.js$/, '.d.ts')))
    .filter((file) => !existsSync(join(folder, 'src', file.replace(/\.js$/, '.ts'))))
    .map((file) => `dist/${file} has no source: delete dist and build again`)
  return [...missing, ...leftovers]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.cwd()
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (scripts?.build) execSync('npm run build --silent', { stdio: ['ignore', 2, 2] })
  const faults = publishingFaults(folder)
  if (faults.length > 0) {
    console.error(faults.join('\n'))
    process.exitCode = 1
  }
}
