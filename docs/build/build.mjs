// Builds the site into docs/.vitepress/dist: writes the pages that are generated (API reference, tables, index by question,
// comparison) and the page that makes tables, then runs VitePress. Fails on any warning: a dead link, an unresolved reference of a docstring.
//   node docs/build/build.mjs         the site
//   node docs/build/build.mjs --dev   VitePress's server, on the pages as generated once
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeApi } from './api.mjs'
import { writeComparison } from './comparison.mjs'
import { writeTables } from './tables.mjs'

const docs = join(import.meta.dirname, '..')
const dev = process.argv.includes('--dev')

for (const generated of ['api', 'tables', 'questions.md', 'comparison.md', 'public/make']) {
  rmSync(join(docs, generated), { recursive: true, force: true })
}
// The page that makes tables in a browser is a folder of files, which the site serves under /make/.
cpSync(join(docs, '../reproductions/dist/page'), join(docs, 'public/make'), {
  recursive: true,
  filter: (file) => !file.endsWith('command.html') && !file.endsWith('command.js'),
})
writeComparison(docs)
await writeTables(docs)
await writeApi(docs)

const { status, stdout, stderr } = spawnSync(
  'npx',
  ['vitepress', dev ? 'dev' : 'build', docs],
  dev
    ? { stdio: 'inherit' }
    : { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: undefined } },
)
if (!dev) {
  const said = `${stdout}\n${stderr}`
  process.stdout.write(said)
  const warnings = said
    .split('\n')
    .filter((line) => /\bwarn(?:ing)?\b|dead link|is not loaded|\(!\)/i.test(line))
  if (status !== 0 || warnings.length > 0) {
    console.error(
      warnings.length > 0 ? `the site has warnings:\n${warnings.join('\n')}` : 'VitePress failed',
    )
    process.exit(status || 1)
  }
}
