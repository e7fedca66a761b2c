import { pathToFileURL } from 'node:url'

/**
 * The script of one wasm thread, as a data URL: tfjs ships it as a string inside a module, which is evaluated in
 * the worker with the `require` that it expects.
 *
 * @param script the file of tfjs's that exports `wasmWorkerContents`
 */
export const threadEntry = (script: string): URL => {
  // The string's line breaks are inside string literals of its code.
  const entry = String.raw`
    import { createRequire } from 'node:module'
    const file = ${JSON.stringify(pathToFileURL(script).href)}
    const require = createRequire(file)
    const { wasmWorkerContents } = require(${JSON.stringify(script)})
    const code = wasmWorkerContents.replaceAll('\n', '\\n')
    new Function('require', '__filename', code)(require, file)
  `
  return new URL(`data:text/javascript,${encodeURIComponent(entry)}`)
}
