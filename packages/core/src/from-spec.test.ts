import { expect, test } from 'vitest'
import { fromSpec } from './from-spec.js'

const factories = {
  circle: ({ radius }: { readonly radius: number }) => Math.PI * radius ** 2,
  square: ({ side }: { readonly side: number }) => side ** 2,
}

test('the kind names the factory, which gets the rest', () => {
  expect(fromSpec('shape', factories, JSON.parse('{"kind":"square","side":3}') as never)).toBe(9)
})

test.each<[unknown, string]>([
  [{ kind: 'sqare' }, 'unknown shape "sqare"; did you mean "square"?'],
  [{ kind: 'toString' }, 'unknown shape "toString"'],
  [{ name: 'square' }, 'the spec of a shape is an object with a kind, found {"name":"square"}'],
  [null, 'the spec of a shape is an object with a kind, found null'],
])('%j is refused', (spec, sentence) => {
  expect(() => fromSpec('shape', factories, spec as never)).toThrow(sentence)
})
