import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LOOK_EVERY_MS = 400;

/**
 * Tells how much of a download is there by the growth of the installer's cache folder: uv says nothing while it works
 * without a terminal. The installer unpacks as it downloads, so bytes on disk are divided by `unpackedRatio`.
 */
export class DownloadMeter {
  private readonly timer: NodeJS.Timeout;
  private before: number | undefined;
  private closed = false;

  constructor(folder: string, size: number, unpackedRatio: number, report: (megabytes: number) => void) {
    report(0);
    const look = async () => {
      const bytes = await folderBytes(folder);
      this.before ??= bytes;
      if (!this.closed) report(Math.min(size, Math.round((bytes - this.before) / 1e5 / unpackedRatio) / 10));
    };
    // A look that fails only leaves the bar where it was: files vanish while they are being renamed.
    const quietly = () => void look().catch(() => undefined);
    quietly();
    this.timer = setInterval(quietly, LOOK_EVERY_MS);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) =>
      entry.isFile()
        ? stat(join(entry.parentPath, entry.name)).then(
            (s) => s.size,
            () => 0,
          )
        : 0,
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
