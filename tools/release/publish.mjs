// `npm run release`: builds every package, refuses what must not be published (see prepublish.mjs), and publishes the versions
// that the registry does not have, with a tag each. The workspace's .npmrc runs no scripts, so that no package's prepublishOnly
// builds it a second time.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishingFaults } from './prepublish.mjs'

const root = join(import.meta.dirname, '../..')
const run = (command, ...words) => execFileSync(command, words, { cwd: root, stdio: 'inherit' })

const folders = [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
  'reproductions',
]
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
const build = (folder) => run('npm', 'run', 'build', '--silent', '--workspace', folder)

// Core writes files that the others are compiled against. One tsc compiles all packages; of the others only those are built one by
// one whose build is more than that.
build('packages/core')
run('npx', 'tsc', '-b')
for (const folder of folders.filter((one) => one !== 'packages/core')) {
  if (!['tsc -b', undefined].includes(manifestOf(folder).scripts.build)) build(folder)
}
const faults = folders
  .filter((folder) => manifestOf(folder).private !== true)
  .flatMap((folder) => publishingFaults(join(root, folder)).map((fault) => `${folder}: ${fault}`))
if (faults.length > 0) {
  console.error(`nothing was published:\n${faults.join('\n')}`)
  process.exitCode = 1
} else {
  run('npx', 'changeset', 'publish')
}
