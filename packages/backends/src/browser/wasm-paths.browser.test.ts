import { expect, test } from 'vitest'
import { useBackend } from '../index.js'

// tfjs tries to load wasm's files only once in a page, so that this has a page of its own.

test('without paths, or with wrong ones, the error says what to pass', async () => {
  await expect(useBackend('wasm', { paths: '/nowhere/' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(
      /^the "wasm" backend could not load \/nowhere\/tfjs-backend-wasm\S*\.wasm: (the server answers 404|what is there is not WebAssembly but text\/html\S*); serve the three \.wasm files of .* and pass the URL of their folder: useBackend\('wasm', \{ paths: '\/wasm\/' \}\)$/,
    ) as string,
  })
  const paths = '/node_modules/@tensorflow/tfjs-backend-wasm/dist/'
  await expect(useBackend('wasm', { paths })).rejects.toThrow(
    'tfjs tries only once in a page: pass the right paths in the first call, and load the page again',
  )
})
