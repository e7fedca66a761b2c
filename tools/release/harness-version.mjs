// Writes the harness's version from its package.json into its source, where browsers can read it.
import { readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('../../packages/harness/', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
const file = new URL('src/version.ts', folder)
const before = readFileSync(file, 'utf8')
writeFileSync(file, before.replace(/(?<=harnessVersion: string = ')[^']*/, version))
