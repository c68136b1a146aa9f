// Runs inside the extension host: activates the extension, which no view or folder has started yet.
const { writeFileSync } = require('node:fs');
const vscode = require('vscode');

exports.run = async () => {
  const extension = vscode.extensions.getExtension('synthetic-mixed-training.synthetic-mixed-training');
  const active = extension.isActive;
  const started = performance.now();
  const inside = await extension.activate();
  const figures = {
    call_ms: active ? null : performance.now() - started,
    ms: inside.activationMs,
    loaded: inside.loaded(),
  };
  writeFileSync(process.env.BENCH_ACTIVATION, JSON.stringify(figures));
};
