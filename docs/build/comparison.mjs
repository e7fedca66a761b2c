// The page "Retable next to", from docs/data/next-to.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const cell = (value) => (value === true ? 'yes' : value === false ? 'no' : (value ?? '–'))

const table = (heads, rows) =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Writes docs/comparison.md. */
export const writeComparison = (docs) => {
  const { date, contenders, features, speeds } = JSON.parse(
    readFileSync(join(docs, 'data/next-to.json'), 'utf8'),
  )
  const columns = [...new Set(speeds.rows.flatMap((row) => Object.keys(row)))].filter(
    (name) => name !== 'what',
  )
  const page = `# Retable next to other libraries

As of ${date}, with the versions named. Retable is about two papers and about knowing whether their claims hold; what it does not
do is in the table as well. To add a line or correct one, edit \`docs/data/next-to.json\`.

## Features

${table(
  ['', ...contenders.map(({ name, version }) => `${name} ${version}`)],
  [
    ...features.map((row) => [row.feature, ...contenders.map(({ id }) => cell(row[id]))]),
    ['License', ...contenders.map(({ license }) => license)],
  ],
)}

## Measured speeds

In ${speeds.unit}, on ${speeds.machine}, all in one run of \`${speeds.command}\`, taking turns step by step.

${table(
  ['', ...columns],
  speeds.rows.map((row) => [row.what, ...columns.map((name) => cell(row[name]))]),
)}

${speeds.notes.map((note) => `- ${note}`).join('\n')}
`
  writeFileSync(join(docs, 'comparison.md'), page)
}
