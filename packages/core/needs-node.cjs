// What a bundle for browsers gets in place of @retable/core/node. CommonJS, so that bundlers look for no names in it; what it
// exports is no literal, in which webpack would look for them.
module.exports = new Error(
  '@retable/core/node needs Node: it reads files or starts processes. In a browser import @retable/core.',
)
throw module.exports
