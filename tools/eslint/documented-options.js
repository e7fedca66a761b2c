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
    .flatMap(([, names]) =>
      names.split(',').map((name) => name.trim().replace(/^type |.* as /, '')),
    )

/**
 * Every type that a package's entries export.
 *
 * @param {string} folder the package's
 */
export const exportedTypes = (folder) => exportedNames(join(folder, 'src'))

/** What people fill in carries one of these names, exported by the package's entry or not. */
const filledIn = /(?:Options|Config|Settings)$/

/**
 * Every property of a type that is exported has a docstring: it is what a reader of the API reference sees of an option. It
 * holds for the given types, which are those that the package's entries export, and for all options.
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
    ':matches(ExportNamedDeclaration > TSInterfaceDeclaration > TSInterfaceBody, ExportNamedDeclaration > TSTypeAliasDeclaration > TSTypeLiteral) > :matches(TSPropertySignature, TSMethodSignature)':
      (node) => {
        const { sourceCode } = context
        const owner = node.parent.parent.id.name
        if (!context.options[0].types.includes(owner) && !filledIn.test(owner)) return
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
