// Where the project lives is one setting: `repository.url` of the workspace's package.json. This script writes what follows
// from it into every package's manifest and into the files of .github that name an owner or a URL.
//   node tools/release/identity.mjs           writes
//   node tools/release/identity.mjs --check   exits 1 if a file differs, naming it
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Owner and URLs, from the workspace's manifest.
 *
 * @param {{ repository: { url: string } }} workspace the workspace's package.json
 * @returns {{ owner: string, name: string, url: string, gitUrl: string }}
 */
export const identityOf = ({ repository: { url: gitUrl } }) => {
  const found = /^git\+(https:\/\/[^/]+\/([^/]+)\/([^/]+))\.git$/.exec(gitUrl)
  if (!found) {
    throw new Error(
      `expected repository.url as git+https://HOST/OWNER/NAME.git in package.json, got "${gitUrl}"`,
    )
  }
  const [, url, owner, name] = found
  return { owner, name, url, gitUrl }
}

/**
 * A package's manifest with the fields that say where it lives, after its license.
 *
 * @param {Record<string, unknown>} manifest the package's package.json
 * @param {string} directory its folder in the repository: `packages/core`
 * @param {ReturnType<typeof identityOf>} identity
 */
export const withIdentity = (manifest, directory, { url, gitUrl }) => {
  const fields = {
    homepage: `${url}/tree/main/${directory}#readme`,
    bugs: `${url}/issues`,
    repository: { type: 'git', url: gitUrl, directory },
  }
  const rest = Object.entries(manifest).filter(([key]) => !(key in fields))
  return Object.fromEntries(
    rest.flatMap(([key, value]) =>
      key === 'license' ? [[key, value], ...Object.entries(fields)] : [[key, value]],
    ),
  )
}

/** The files of .github that name the owner or a URL, by path. */
const communityFiles = ({ owner, url }) => ({
  '.github/CODEOWNERS': `# Written by tools/release/identity.mjs.\n* @${owner}\n`,
  '.github/ISSUE_TEMPLATE/config.yml': [
    '# Written by tools/release/identity.mjs.',
    'blank_issues_enabled: true',
    'contact_links:',
    '  - name: A security problem',
    `    url: ${url}/security/advisories/new`,
    '    about: Report it privately. SECURITY.md says what happens next.',
    '  - name: A question',
    `    url: ${url}/discussions`,
    '    about: How to use a package, or how to read a verdict.',
    '',
  ].join('\n'),
})

/**
 * What every file should be, by path: the published packages' manifests and the community files.
 *
 * @param {string} root the workspace's folder
 * @returns {ReadonlyMap<string, string>}
 */
export const identityFiles = (root) => {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'))
  const identity = identityOf(read('package.json'))
  const folders = [
    ...readdirSync(join(root, 'packages')).map((p) => `packages/${p}`),
    'reproductions',
  ]
  const manifests = folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const file = `${folder}/package.json`
      return [file, `${JSON.stringify(withIdentity(read(file), folder, identity), null, 2)}\n`]
    })
  return new Map([...manifests, ...Object.entries(communityFiles(identity))])
}

/** The paths whose content is not what it should be. */
export const staleFiles = (root) =>
  [...identityFiles(root)]
    .filter(([file, text]) => {
      const path = join(root, file)
      return !existsSync(path) || readFileSync(path, 'utf8') !== text
    })
    .map(([file]) => file)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(import.meta.dirname, '../..')
  const stale = staleFiles(root)
  if (process.argv.includes('--check')) {
    if (stale.length > 0) {
      console.error(`run node tools/release/identity.mjs; these differ: ${stale.join(', ')}`)
      process.exitCode = 1
    }
  } else {
    const files = identityFiles(root)
    for (const file of stale) writeFileSync(join(root, file), files.get(file))
    console.log(stale.length === 0 ? 'nothing to write' : `wrote ${stale.join(', ')}`)
  }
}
