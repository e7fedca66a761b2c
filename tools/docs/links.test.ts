import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Every page of the repository; what a build writes is not in it. */
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((page) => !page.startsWith('.changeset/') && existsSync(join(root, page)))

/** Code is no link. */
const withoutCode = (text: string): string =>
  text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '')

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(
    ([, title]) =>
    title!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'), // prettier-ignore
  )

const deadLinks = (page: string): readonly string[] => {
  const text = readFileSync(join(root, page), 'utf8')
  const links = [...withoutCode(text).matchAll(/\]\(<?([^()\s>]+)>?[^()]*\)/g)].map(([, to]) => to!)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path, anchor] = link.split('#') as [string, string | undefined]
    const target = path === '' ? join(root, page) : join(root, dirname(page), decodeURI(path))
    // A link from the root is one of the site, which a reader of the repository does not have.
    if (path.startsWith('/') || !existsSync(target)) return true
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
  })
}

test('every link of every page leads to something in the repository', () => {
  expect(pages.length).toBeGreaterThan(40)
  const dead = pages.flatMap((page) => deadLinks(page).map((link) => `${page}: ${link}`))
  expect(dead).toEqual([])
})
