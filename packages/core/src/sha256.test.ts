import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSha256 as inBrowsers } from './browser/sha256.js'
import { fileDigest } from './node/file-digest.js'
import { createSha256 as inNode } from './node/sha256.js'
import { sha256Hex } from './sha256.js'

// FIPS 180-4's examples, and the empty text.
const published = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
] as const

test.each(published)('SHA-256 of %j is the published one, in Node and in browsers', (text, hex) => {
  for (const create of [inNode, inBrowsers]) {
    const hash = create()
    hash.update(text)
    expect(hash.hex()).toBe(hex)
  }
  expect(sha256Hex(text)).toBe(hex)
})

test('parts of bytes and text count one after the other; text is UTF-8', () => {
  const bytes = new TextEncoder().encode('ε = 10⁻²')
  const whole = sha256Hex('ε = 10⁻²')
  expect(sha256Hex(bytes.subarray(0, 3), bytes.subarray(3))).toBe(whole)
  const hash = inBrowsers()
  hash.update('ε = ')
  hash.update('10⁻²')
  expect(hash.hex()).toBe(whole)
})

test('a file is digested as its bytes are, by SHA-256 or MD5', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'retable-digest-')), 'abc.txt')
  writeFileSync(path, 'abc')
  expect(await fileDigest(path)).toBe(sha256Hex('abc'))
  expect(await fileDigest(path, 'md5')).toBe('900150983cd24fb0d6963f7d28e17f72')
})
