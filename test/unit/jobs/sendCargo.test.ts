import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findSshServer } from '../../../scripts/testing/sshd.ts';
import { type Cargo, dataCargo } from '../../../src/engine/jobs/ssh/cargo.ts';
import { SshConnection } from '../../../src/engine/jobs/ssh/index.ts';
import { type Placing, sendCargo } from '../../../src/engine/jobs/ssh/sendCargo.ts';
import { startHost, type TestHost } from '../../fixtures/sshd/sshd.ts';

const server = findSshServer();
const MB = 1_000_000;

if ('missing' in server) {
  describe('what a job needs, sent over SSH', () => {
    it.skip(`skipped: ${server.missing}`, () => {});
  });
} else {
  describe('what a job needs, sent over SSH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'smt-cargo-'));
    const source = join(folder, 'a data set');
    let host: TestHost;
    let cargo: Cargo;

    beforeAll(async () => {
      host = await startHost(server);
      for (const [name, bytes] of [
        ['data/train 0.parquet', 24 * MB],
        ['data/ünï.parquet', 3 * MB],
        ['empty.json', 0],
        ['README.md', 100],
      ] as const) {
        mkdirSync(dirname(join(source, name)), { recursive: true });
        // No piece of it is like another.
        const numbers = Uint32Array.from({ length: Math.ceil(bytes / 4) }, (_, at) => Math.imul(at, 0x9e3779b1));
        writeFileSync(join(source, name), Buffer.from(numbers.buffer, 0, bytes));
      }
      cargo = await dataCargo(source);
    });
    beforeEach(() => host.proxy.restore());
    afterAll(async () => {
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const placing = (more: Partial<Placing> = {}): Placing => ({
      ...{ connection: new SshConnection(host.alias, host.ssh), root: host.newRoot(), python: 'python3', ...more },
    });

    function expectWhole({ root }: Placing): void {
      const there = readdirSync(source, { recursive: true, encoding: 'utf8' }).sort();
      expect(readdirSync(join(root, cargo.path), { recursive: true, encoding: 'utf8' }).sort()).toEqual(there);
      for (const { from, path } of cargo.files)
        expect(readFileSync(join(root, cargo.folder, path)).equals(readFileSync(from)), path).toBe(true);
      expect(readdirSync(join(root, 'data'))).toEqual([cargo.folder.slice('data/'.length)]);
    }

    it('goes on by itself at the byte where the line was cut', async () => {
      const begins: number[] = [];
      let cuts = 0;
      let fresh = true;
      const place = placing({
        onBytes: (there) => {
          if (fresh) begins.push(there);
          fresh = false;
          if (there > (cuts + 1) * 8 * MB && cuts < 2) {
            cuts += 1;
            fresh = true;
            host.proxy.cut();
          }
        },
        onCut: () => host.proxy.restore(),
      });
      await sendCargo(cargo, place);
      expectWhole(place);
      expect(cuts).toBe(2);
      // What was under way on a cut line is lost, never what had arrived.
      expect(begins[0]).toBe(0);
      expect(begins.at(-1)).toBeGreaterThan(4 * MB);
      expect([...begins].sort((a, b) => a - b)).toEqual(begins);
    });

    it('goes on where whoever sent it first was stopped', async () => {
      const stop = new AbortController();
      const place = placing();
      const first = sendCargo(cargo, {
        ...place,
        signal: stop.signal,
        onBytes: (there) => there > 12 * MB && stop.abort(),
      });
      await expect(first).rejects.toThrow();
      expect(existsSync(join(place.root, cargo.folder))).toBe(false);
      const seen: number[] = [];
      await sendCargo(cargo, { ...place, onBytes: (there) => seen.push(there) });
      expectWhole(place);
      expect(seen[0]).toBeGreaterThan(4 * MB);
    });

    it('may be sent by several at once', async () => {
      const place = placing();
      await Promise.all([1, 2, 3].map(() => sendCargo(cargo, place)));
      expectWhole(place);
    });

    it('is looked at when it is there: spoilt bytes of an earlier attempt are sent again', async () => {
      const place = placing();
      const [large] = cargo.files.filter(({ bytes }) => bytes > 20 * MB);
      if (!large) throw new Error('no large file');
      const part = join(place.root, `${cargo.folder}.part`, large.path);
      mkdirSync(dirname(part), { recursive: true });
      writeFileSync(part, Buffer.alloc(large.bytes, 7));
      await sendCargo(cargo, place);
      expectWhole(place);
    });

    it('that does not fit says where and what to do, keeps what arrived, and goes on when there is room', async () => {
      const small = join(folder, 'python-with-a-small-disk');
      writeFileSync(small, '#!/bin/sh\nulimit -f 16384\nexec python3 "$@"\n');
      chmodSync(small, 0o755);
      const place = placing({ python: small });
      await expect(sendCargo(cargo, place)).rejects.toThrow(
        /cannot take what the job needs: .*train 0\.parquet: File too large.*Make room there/,
      );
      const seen: number[] = [];
      await sendCargo(cargo, { ...place, python: 'python3', onBytes: (there) => seen.push(there) });
      expectWhole(place);
      expect(seen[0]).toBeGreaterThan(5 * MB);
    });
  });
}
