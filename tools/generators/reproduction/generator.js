import { formatFiles, updateJson } from '@nx/devkit'

const camel = (id) => id.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase())

const skeleton = (id, title) => `import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { countVgg } from '../units/count-vgg.js'

/** ${title}. */
export const ${camel(id)}: Reproduction = defineReproduction({
  id: '${id}',
  version: 1,
  title: ${JSON.stringify(title)},
  source: { paper: 'Authors, Title, Year', table: 'Table 1', section: '1' },
  protocol: {},
  metrics: [{ id: 'parameters', name: 'parameters', unit: '', better: 'equal', digits: 0 }],
  cells: [{ id: 'A', row: 'A', paper: { parameters: 132_863_336 }, config: { variant: 'A' as const } }],
  claims: [],
  deviations: [],
  plan: ({ config }) => countVgg({ config }),
})
`

/**
 * Writes a reproduction that runs as it is (it counts one net's parameters) and is to be filled in, lists it and
 * gives it a target.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ id: string, title: string }} options
 */
export const generateReproduction = async (tree, { id, title }) => {
  const dash = id.indexOf('-')
  const folder = id.slice(0, dash)
  const name = id.slice(dash + 1)
  const file = `reproductions/src/${folder}/${name}.ts`
  if (tree.exists(file)) throw new Error(`${file} is there already`)
  tree.write(file, skeleton(id, title))
  const list = 'reproductions/src/reproductions.ts'
  const source = tree.read(list, 'utf8')
  const lastImport = source.lastIndexOf('\nimport ') + 1
  const afterImports = source.indexOf('\n', lastImport) + 1
  const end = source.lastIndexOf('\n]')
  tree.write(
    list,
    source.slice(0, afterImports) +
      `import { ${camel(id)} } from './${folder}/${name}.js'\n` +
      source.slice(afterImports, end) +
      `\n  ${camel(id)},` +
      source.slice(end),
  )
  updateJson(tree, 'reproductions/project.json', (project) => ({
    ...project,
    targets: {
      ...project.targets,
      [id]: {
        command: `node reproductions/dist/bin/retable.js run ${id}`,
        dependsOn: ['build'],
      },
    },
  }))
  await formatFiles(tree)
  return () => {
    console.log(`Now: the paper's numbers, protocol, claims and plan in ${file}.`)
  }
}
