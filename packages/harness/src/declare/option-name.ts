/** A setting's name in options and links: `test-limit` of `testLimit`. */
export const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The option of a setting: `--test-limit` of `testLimit`. */
export const optionOf = (name: string): string => `--${kebab(name)}`

/** The words of a command line that change settings: `--test-limit 40`. */
export const overrideWords = (overrides: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(overrides).flatMap(([name, value]) => [optionOf(name), String(value)])
