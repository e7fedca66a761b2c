import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The names that a package's entries export, types included. */
const exportedNames = (source) =>
  readdirSync(source, { recursive: true })
    .map(String)
    .filter((file) => /^(?:(?:node|page)[\\/])?(?:index|host)\.ts$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(source, file), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm),
    ])
    .flatMap(([, names]) => names.split(',').map((name) => name.trim().split(' as ').pop()))

/**
 * The types whose properties people fill in: what packages export under a name that ends in Options, and the others given.
 *
 * @param {string} packages the folder of the packages
 * @param {readonly string[]} others
 */
export const optionTypes = (packages, others) => {
  const exported = readdirSync(packages).flatMap((name) => {
    const source = join(packages, name, 'src')
    return readdirSync(join(packages, name)).includes('src') ? exportedNames(source) : []
  })
  return exported.filter((name) => name?.endsWith('Options') || others.includes(name))
}

/**
 * Every type that a package's entries export.
 *
 * @param {string} folder the package's
 */
export const exportedTypes = (folder) => exportedNames(join(folder, 'src'))

/**
 * Every property of these interfaces has a docstring: it is what a reader of the API reference sees of an option.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const documentedOptions = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'object', properties: { types: { type: 'array' } }, required: ['types'] }],
    messages: {
      missing: '{{ owner }}.{{ name }} has no docstring: say what it is, its unit and its default',
    },
  },
  create: (context) => ({
    'ExportNamedDeclaration > TSInterfaceDeclaration > TSInterfaceBody > :matches(TSPropertySignature, TSMethodSignature)':
      (node) => {
        const { sourceCode } = context
        const owner = node.parent.parent.id.name
        if (!context.options[0].types.includes(owner)) return
        const documented = sourceCode
          .getCommentsBefore(node)
          .some(({ type, value }) => type === 'Block' && value.startsWith('*'))
        if (documented) return
        context.report({
          node,
          messageId: 'missing',
          data: { owner, name: sourceCode.getText(node.key) },
        })
      },
  }),
}
