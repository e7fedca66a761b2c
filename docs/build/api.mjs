// The API reference: one page per entry of each package, from the docstrings.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Application, LogLevel } from 'typedoc'

const root = join(import.meta.dirname, '../..')

/** The source files behind a package's exports that have types, with the name under which each is imported. */
const entriesOf = (folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.entries(exports ?? {}).flatMap(([path, target]) => {
    const source = target?.['@retable/source']
    return source === undefined ? [] : [{ name: name + path.slice(1), file: join(folder, source) }]
  })
}

/** Every entry of every published package, lowest packages first. */
export const entries = () =>
  readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'src/index.ts')))
    .flatMap(entriesOf)

/** Writes docs/api; throws if TypeDoc warns. */
export const writeApi = async (docs) => {
  const out = join(docs, 'api')
  const app = await Application.bootstrapWithPlugins({
    entryPoints: entries().map(({ file }) => file),
    tsconfig: join(root, 'tsconfig.test.json'),
    plugin: ['typedoc-plugin-markdown', join(import.meta.dirname, 'entry-names.mjs')],
    out,
    router: 'module',
    entryFileName: 'index',
    readme: 'none',
    name: 'API reference',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    skipErrorChecking: true,
    useHTMLEncodedBrackets: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideModifiers: true },
    expandObjects: false,
    // What is not exported is shown by its name, without a link.
    externalSymbolLinkMappings: Object.fromEntries(
      [...new Set(entries().map(({ name }) => name.split('/').slice(0, 2).join('/')))].map(
        (name) => [name, { '*': '#' }],
      ),
    ),
    validation: {
      notExported: false,
      invalidLink: true,
      notDocumented: false,
      unusedMergeModuleWith: true,
    },
    logLevel: LogLevel.Warn,
  })
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the packages')
  app.validate(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error(`TypeDoc warns of ${app.logger.warningCount} things, see above`)
  }
  await app.generateOutputs(project)
}
