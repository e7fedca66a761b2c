import { appendFileSync } from 'node:fs'
import { requireFrom } from '@retable/core/node'
import protobuf from 'protobufjs/light.js'

// The package has no types for its CRC-32C half.
const crc32c = requireFrom(import.meta.url)('crc-32/crc32c.js') as {
  buf(bytes: Uint8Array): number
}

/** What Retable writes of TensorFlow's event.proto and summary.proto; field numbers are theirs. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: { oneof: ['fileVersion', 'summary', 'sessionLog'] } },
      fields: {
        wallTime: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        fileVersion: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
        sessionLog: { type: 'SessionLog', id: 7 },
      },
    },
    SessionLog: {
      fields: { status: { type: 'Status', id: 1 } },
      nested: { Status: { values: { STATUS_UNSPECIFIED: 0, START: 1 } } },
    },
    Summary: {
      fields: { value: { rule: 'repeated', type: 'Value', id: 1 } },
      nested: {
        Value: {
          fields: { tag: { type: 'string', id: 1 }, simpleValue: { type: 'float', id: 2 } },
        },
      },
    },
  },
})
const Event = schema.lookupType('Event')

/** One entry of an event file. */
export type TensorBoardEvent = { readonly wallTime: number; readonly step?: number } & (
  | { readonly fileVersion: string }
  | { readonly summary: { readonly value: readonly TensorBoardScalar[] } }
  /** Steps from `step` on that an earlier file of the folder holds no longer count. */
  | { readonly sessionLog: { readonly status: 1 } }
)

/** A number under a tag: `train/loss`. */
export interface TensorBoardScalar {
  readonly tag: string
  readonly simpleValue: number
}

/** A CRC-32C as TFRecord files hold it: rotated right by 15 bits, plus a constant. */
const maskedCrc = (bytes: Uint8Array): number => {
  const crc = crc32c.buf(bytes) >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/**
 * An event as a TFRecord: length (uint64), masked CRC-32C of the length, the protobuf message, its masked CRC-32C; all
 * little-endian.
 */
export const encodeEvent = (event: TensorBoardEvent): Uint8Array => {
  const message = Event.encode(Event.create(event)).finish()
  const record = Buffer.alloc(16 + message.length)
  record.writeBigUInt64LE(BigInt(message.length), 0)
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8)
  record.set(message, 12)
  record.writeUInt32LE(maskedCrc(message), 12 + message.length)
  return record
}

/** Appends events to a file; TensorBoard looks for names that hold `tfevents`. */
export const appendEvents = (path: string, events: readonly TensorBoardEvent[]): void => {
  appendFileSync(path, Buffer.concat(events.map(encodeEvent)))
}
