// A TypeDoc plugin: calls each entry by the name under which it is imported (`@retable/core/node`).
import { Converter, ReflectionKind } from 'typedoc'
import { entries } from './api.mjs'

export const load = (app) => {
  const names = new Map(entries().map(({ file, name }) => [file, name]))
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kind !== ReflectionKind.Module) return
    const symbol = context.getSymbolFromReflection(reflection)
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName
    const name = names.get(file)
    if (name !== undefined) reflection.name = name
  })
}
