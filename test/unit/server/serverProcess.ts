import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

const root = resolve(__dirname, '..', '..', '..');

/**
 * The real server, bundled as the extension ships it. It lies under node_modules, so that LanceDB's native package is
 * found from it as it is from dist/.
 */
export async function bundleServer(): Promise<{ program: string; remove(): void }> {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'smt-server-test-'));
  const { nodeBundle } = await import('../../../scripts/nodeBundle.mjs');
  await build({
    ...nodeBundle,
    absWorkingDir: root,
    entryPoints: ['src/server.ts', 'src/engine/corpus/tokenWorker.ts', 'src/engine/corpus/readWorker.ts'],
    entryNames: '[name]',
    outdir,
    logLevel: 'error',
  });
  return { program: join(outdir, 'server.js'), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}

export interface RunningServer {
  connection: MessageConnection;
  child: ChildProcess;
  /** Everything the process wrote to stderr. */
  errors(): string;
  /** Closes stdin, as an editor that ends does, and gives the exit code. */
  stop(): Promise<number | null>;
}

export function startServer(program: string, env: NodeJS.ProcessEnv = {}): RunningServer {
  const child = spawn(process.execPath, [program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  return {
    connection,
    child,
    errors: () => stderr,
    async stop() {
      child.stdin.end();
      const code = await exited;
      connection.dispose();
      return code;
    },
  };
}
