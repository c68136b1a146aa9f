// Which native LanceDB package belongs into the VSIX of a VS Code target.
const packages = {
  'darwin-arm64': 'lancedb-darwin-arm64',
  'linux-x64': 'lancedb-linux-x64-gnu',
  'linux-arm64': 'lancedb-linux-arm64-gnu',
  'alpine-x64': 'lancedb-linux-x64-musl',
  'alpine-arm64': 'lancedb-linux-arm64-musl',
  'win32-x64': 'lancedb-win32-x64-msvc',
  'win32-arm64': 'lancedb-win32-arm64-msvc',
};

/** Name of the package, e.g. `lancedb-linux-x64-gnu`. Throws where LanceDB has no binary (Intel Mac since 0.23, armhf). */
export function nativePackage(target) {
  const name = packages[target];
  if (!name) {
    throw new Error(
      `LanceDB has no native package for ${target}. Targets: ${Object.keys(packages).join(', ')}, or none (no vector store).`,
    );
  }
  return name;
}

/** VS Code's name for this machine, as `vsce --target` takes it; `none` where LanceDB has no binary for it. */
export function machineTarget() {
  const musl = process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime;
  const name = `${musl ? 'alpine' : process.platform}-${process.arch}`;
  return name in packages ? name : 'none';
}
