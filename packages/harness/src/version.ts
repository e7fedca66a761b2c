/** The version of this package, which decides the verdicts. A test compares it with package.json. */
export const harnessVersion: string = '0.0.0'
