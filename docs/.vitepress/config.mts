import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig, type MarkdownRenderer } from 'vitepress'
import { identityOf } from '../../tools/release/identity.mjs'

const docs = join(import.meta.dirname, '..')
const root = join(docs, '..')
const { url } = identityOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

/** A page's first heading. */
const titleOf = (file: string): string =>
  /^# (.+)$/m.exec(readFileSync(join(docs, file), 'utf8'))?.[1]?.replaceAll(/[\\`]/g, '') ?? file

const page = (file: string) => ({
  text: titleOf(file),
  link: `/${file.replace(/(?:index)?\.md$/, '')}`,
})

/** The pages of a folder, by name; none if it does not exist. */
const pagesIn = (folder: string) =>
  existsSync(join(docs, folder))
    ? readdirSync(join(docs, folder))
        .filter((name) => name.endsWith('.md') && name !== 'index.md')
        .map((name) => page(`${folder}/${name}`))
    : []

const pages = (...files: readonly string[]) =>
  files.filter((file) => existsSync(join(docs, file))).map(page)

/** The API reference's pages: one per package, and one per further entry of it. */
const apiPages = () => {
  const scope = join(docs, 'api/@retable')
  if (!existsSync(scope)) return []
  return readdirSync(scope, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => ({
      text: `@retable/${name.replace(/(?:\/index)?\.md$/, '')}`,
      link: `/api/@retable/${name.replace(/(?:index)?\.md$/, '')}`,
    }))
}

/** Links to files of the repository that are no pages go to the repository; a link to nothing is an error. */
const repositoryLinks = (md: MarkdownRenderer): void => {
  const render =
    md.renderer.rules.link_open ??
    ((tokens, i, options, _, self) => self.renderToken(tokens, i, options))
  md.renderer.rules.link_open = (tokens, i, options, env: { path?: string }, self) => {
    const href = tokens[i]!.attrGet('href') ?? ''
    if (env.path && /^\.{1,2}\//.test(href)) {
      const [path, hash] = href.split('#') as [string, string | undefined]
      const target = join(dirname(env.path), decodeURIComponent(path))
      if (relative(docs, target).startsWith('..')) {
        if (!existsSync(target)) throw new Error(`${relative(root, env.path)}: dead link ${href}`)
        const kind = statSync(target).isDirectory() ? 'tree' : 'blob'
        tokens[i]!.attrSet(
          'href',
          `${url}/${kind}/main/${relative(root, target)}${hash === undefined ? '' : `#${hash}`}`,
        )
      }
    }
    return render(tokens, i, options, env, self)
  }
}

export default defineConfig({
  title: 'Retable',
  description:
    'AlexNet and VGG on TensorFlow.js, and the tables of both papers reproduced from seeded runs',
  lang: 'en-US',
  base: process.env['DOCS_BASE'] ?? '/',
  head: [
    [
      'link',
      { rel: 'icon', type: 'image/svg+xml', href: `${process.env['DOCS_BASE'] ?? '/'}icon.svg` },
    ],
  ],
  srcExclude: ['build/**', 'data/**'],
  outDir: join(docs, '.vitepress/dist'),
  cacheDir: join(root, '.nx/vitepress'),
  markdown: { config: repositoryLinks },
  vite: {
    // The API reference is one long page per package.
    build: { chunkSizeWarningLimit: 4000 },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/verdict-in-five-minutes' },
      { text: 'Questions', link: '/questions' },
      { text: 'Tables', link: '/tables/' },
      { text: 'Make one here', link: '/make/', target: '_self' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      {
        text: 'Guides',
        items: [
          ...pages(
            'guide/verdict-in-five-minutes.md',
            'guide/use-one-package.md',
            'guide/your-own-table.md',
            'guide/your-own-executor.md',
            'guide/choose-a-backend.md',
            'guide/browser.md',
            'cluster.md',
            'imagenet.md',
            'guide/verdicts.md',
            'guide/tiers.md',
            'surviving-runs.md',
            'network.md',
          ),
        ],
      },
      { text: 'Backends', collapsed: true, items: pagesIn('backends') },
      { text: 'Results', items: [...pages('questions.md', 'tables/index.md', 'comparison.md')] },
      { text: 'Tables', collapsed: true, items: pagesIn('tables') },
      { text: 'API reference', collapsed: true, items: apiPages() },
    ],
    socialLinks: [{ icon: 'github', link: url }],
    editLink: { pattern: `${url}/edit/main/docs/:path`, text: 'Edit this page' },
    footer: { message: 'Apache-2.0' },
  },
})
