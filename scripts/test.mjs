// The test suite. Ends with one line, `N passed, N failed`, over all layers that ran.
//   node scripts/test.mjs [check] [unit] [host] [e2e] [package] [worker]       default: all
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `This is Node ${process.versions.node}; npm scripts run on the Node 24 that npm ci installs for most machines. ` +
      'For this machine there is none: install Node 24 or newer.',
  );
  process.exit(1);
}
const { layerNames, runLayers } = await import('./testing/layers.ts');
const { sentence } = await import('./testing/counts.ts');

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !layerNames.includes(name));
if (unknown.length > 0) {
  console.error(`No layer ${unknown.join(', ')}. Layers: ${layerNames.join(', ')}.`);
  process.exit(2);
}
let counts;
try {
  counts = await runLayers(asked.length > 0 ? layerNames.filter((name) => asked.includes(name)) : layerNames);
} catch (error) {
  console.error(error);
  counts = { passed: 0, failed: 1, skips: [] };
}
process.exitCode = counts.failed > 0 ? 1 : 0;
console.log(sentence(counts));
