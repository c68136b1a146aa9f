// Chromium for the workbench: one that the machine has, else one from npm (Linux x64).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cachedInstall } from './cachedInstall.ts';

export interface BrowserExecutable {
  readonly path: string;
  /** Environment the browser needs on top of ours. */
  readonly env: Readonly<Record<string, string>>;
}

const wellKnown = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** `CHROMIUM`, else an installed Chrome or Chromium, else npm's. */
export async function browserExecutable(): Promise<BrowserExecutable> {
  const installed = process.env.CHROMIUM ?? installedBrowser();
  if (installed) return { path: installed, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chrome or Chromium found. Install one, or name it: CHROMIUM=/path/to/it');
  }
  return npmBrowser();
}

function installedBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...wellKnown].find((file) =>
    existsSync(file),
  );
}

async function npmBrowser(): Promise<BrowserExecutable> {
  const folder = await cachedInstall('browser', unpack);
  const path = join(folder, 'unpacked', 'chromium');
  const env: Record<string, string> = {};
  // NSS and expat come with the package, for systems that lack them; the system's own are preferred.
  const libraries = spawnSync('ldd', [path], { encoding: 'utf8' }).stdout ?? '';
  if (libraries.includes('not found')) {
    env.LD_LIBRARY_PATH = [join(folder, 'unpacked', 'al2023', 'lib'), process.env.LD_LIBRARY_PATH]
      .filter(Boolean)
      .join(':');
  }
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = join(folder, 'unpacked', 'fonts');
  return { path, env };
}

/** The package unpacks into TMPDIR, and its libraries only where it believes to be on Amazon Linux. */
async function unpack(folder: string): Promise<void> {
  const require = createRequire(join(folder, 'package.json'));
  const main = pathToFileURL(require.resolve('@sparticuz/chromium')).href;
  const script = `import(${JSON.stringify(main)}).then(m => (m.default.default ?? m.default).executablePath())`;
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  const result = spawnSync(process.execPath, ['-e', script], {
    env: { ...process.env, TMPDIR: unpacked, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    encoding: 'utf8',
  });
  if (result.status !== 0 || !existsSync(join(unpacked, 'chromium'))) {
    throw new Error(`The browser could not be unpacked.\n${result.stderr}`);
  }
}
