import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/store-helpers.js'
import { appendEvents, encodeEvent, type TensorBoardEvent } from './event-file.js'

/** Made by tools/fixtures/event_files.py with TensorBoard's own writer. */
const { events, file } = JSON.parse(
  readFileSync(new URL('../../../fixtures/tensorboard.json', import.meta.url), 'utf8'),
) as { events: readonly TensorBoardEvent[]; file: string }

test('an event file has the bytes that TensorBoard’s own writer gives it', () => {
  const path = join(temporaryFolder(), 'events.out.tfevents.1')
  appendEvents(path, events.slice(0, 2))
  appendEvents(path, events.slice(2))
  expect(readFileSync(path).toString('base64')).toBe(file)
})

test('a record by hand: length, its CRC, the message, its CRC', () => {
  const record = Buffer.from(encodeEvent({ wallTime: 1.5, step: 3, fileVersion: 'v' }))
  // Fields 1 (double 1.5), 2 (varint 3), 3 (text of one byte).
  const message = '09' + '000000000000f83f' + '1003' + '1a0176'
  expect(record.length).toBe(8 + 4 + 14 + 4)
  expect(record.readBigUInt64LE(0)).toBe(14n)
  expect(record.subarray(12, 26).toString('hex')).toBe(message)
  expect(record.readUInt32LE(8)).toBe(masked(record.subarray(0, 8)))
  expect(record.readUInt32LE(26)).toBe(masked(record.subarray(12, 26)))
})

/** CRC-32C bit by bit (Castagnoli, reflected 0x82f63b78), masked as TFRecord wants it. */
const masked = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  crc = (crc ^ 0xffffffff) >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

test('the bitwise CRC of the test is CRC-32C: its published check value', () => {
  const check = 0xe3069283
  const expected = (((check >>> 15) | (check << 17)) + 0xa282ead8) >>> 0
  expect(masked(Buffer.from('123456789'))).toBe(expected)
})
