#!/usr/bin/env node
// Committed, so that npm can link it before anything is built.
import { existsSync } from 'node:fs'

const built = new URL('../dist/bin/retable.js', import.meta.url)
if (existsSync(built)) {
  await import(built.href)
} else {
  console.error('retable: not built yet; run npx nx run reproductions:build')
  process.exitCode = 1
}
