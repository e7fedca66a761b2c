// Serves dist/page, the page that makes tables, on this machine: `node reproductions/scripts/serve-page.mjs [--port N]
// [--plain]`. Any static host will do in its place. The two headers that give WebAssembly its threads are sent unless
// `--plain` is given.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    plain: { type: 'boolean', default: false },
  },
})
const folder = fileURLToPath(new URL('../dist/page', import.meta.url))
if (!existsSync(join(folder, 'index.html'))) {
  console.error('the page has not been built; npx nx run reproductions:page builds and serves it')
  process.exit(1)
}
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
}

const server = createServer((request, response) => {
  const name = new URL(request.url ?? '/', 'http://page').pathname.slice(1) || 'index.html'
  if (!values.plain) {
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
  }
  if (!/^[A-Za-z0-9._-]+$/.test(name) || !existsSync(join(folder, name))) {
    response.writeHead(404).end('not found\n')
    return
  }
  const type = types[extname(name)] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' })
  response.end(readFileSync(join(folder, name)))
})
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(
    `The page that makes tables: http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`,
  )
})
