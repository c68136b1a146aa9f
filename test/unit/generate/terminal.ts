import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../../..');
let bundled: Promise<string> | undefined;

/** The terminal's bundle as it is shipped, built once per test process. */
async function bundle(): Promise<string> {
  bundled ??= (async () => {
    const folder = join(root, '.cache', `test-cli-${process.pid}`);
    const { nodeBundle } = await import('../../../scripts/nodeBundle.mjs');
    await build({
      ...nodeBundle,
      absWorkingDir: root,
      entryPoints: ['src/cli.ts', ...globSync('src/**/*Worker.ts', { cwd: root })],
      entryNames: '[name]',
      outdir: folder,
      logLevel: 'error',
    });
    cpSync(join(root, 'worker'), join(folder, 'worker'), { recursive: true });
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return join(folder, 'cli.js');
  })();
  return bundled;
}

export interface Ran {
  code: number | null;
  out: string;
  err: string;
  /** Lines of stdout as JSON. */
  records: Record<string, unknown>[];
}

/** A project folder in a temporary place, its own endpoints file, and `smt` as a person runs it. */
export class TerminalProject {
  readonly root = mkdtempSync(join(tmpdir(), 'smt-project-'));
  readonly registry = join(this.root, '..', `${this.root.split('/').at(-1)}-endpoints.yaml`);

  write(file: string, text: string | Buffer): void {
    const path = join(this.root, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }

  endpoints(yaml: string): void {
    writeFileSync(this.registry, yaml);
  }

  has(file: string): boolean {
    return existsSync(join(this.root, file));
  }

  async start(...args: string[]): Promise<ChildProcess> {
    return spawn(process.execPath, [await bundle(), ...args], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, SMT_CONFIG: this.registry, FORCE_COLOR: '0' },
    });
  }

  async smt(...args: string[]): Promise<Ran> {
    const child = await this.start(...args);
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    const code = await new Promise<number | null>((ended) => child.once('close', ended));
    const records = args.includes('--json')
      ? out
          .split('\n')
          .filter((line) => line !== '')
          .map((line): Record<string, unknown> => JSON.parse(line))
      : [];
    return { code, out, err, records };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
    rmSync(this.registry, { force: true });
  }
}

/** An invented document of `paragraphs` paragraphs, each with a fact of its own. */
export function inventedDocument(name: string, paragraphs: number): string {
  const lines = [`# The Chronicle of ${name}`, ''];
  for (let at = 1; at <= paragraphs; at++) {
    lines.push(
      `In the year ${1400 + at} the warden of ${name} counted ${at * 17} lanterns along the harbour wall. The lantern of number ${at} was lit by the keeper Orla Vent${at}, who asked ${at + 3} silver marks for the oil.`,
      '',
    );
  }
  return lines.join('\n');
}
