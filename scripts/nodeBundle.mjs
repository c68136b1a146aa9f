// What the bundles for Node need beside esbuild's defaults; build.mjs and the server's tests build with the same.

// LanceDB requires openai and @huggingface/transformers lazily, inside try: leave those two out when LanceDB asks.
const lanceOptionals = {
  name: 'lance-optionals',
  setup(build) {
    build.onResolve({ filter: /^(openai|@huggingface\/transformers)$/ }, ({ path, importer }) =>
      /[\\/]@lancedb[\\/]/.test(importer) ? { path, external: true } : undefined,
    );
  },
};

export const nodeBundle = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  loader: { '.md': 'text' },
  external: ['@lancedb/lancedb-*', '*.node'],
  plugins: [lanceOptionals],
  // Empty in a CommonJS bundle otherwise, and tinyglobby's and pdf.js's createRequire(import.meta.url) throws.
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};
