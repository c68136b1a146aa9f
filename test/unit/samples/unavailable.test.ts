import { describe, expect, it } from 'vitest';
import { asFailure } from '../../../src/contract/rpcConnection.ts';
import { missingSupport } from '../../../src/engine/samples/unavailable.ts';

const cpuinfo = (flags: string) => `processor\t: 0\nmodel name\t: test\nflags\t\t: fpu ${flags} sse\n`;

describe('a machine where LanceDB cannot run', () => {
  it('is told by its processor before the library is loaded, as SIGILL cannot be caught', () => {
    expect(missingSupport('linux', 'x64', cpuinfo('avx2 fma f16c'))).toBeUndefined();
    const missing = missingSupport('linux', 'x64', cpuinfo('avx fma'));
    expect(missing).toMatchObject({ code: 'unavailable', reason: 'cpu' });
    expect(missing?.message).toContain('avx2, f16c is missing');
    expect(asFailure(missing)).toMatchObject({ code: 'unavailable', hint: expect.stringContaining('remote window') });
  });

  it('is told by its platform', () => {
    expect(missingSupport('darwin', 'x64')).toMatchObject({ reason: 'platform' });
    expect(missingSupport('darwin', 'arm64')).toBeUndefined();
    expect(missingSupport('linux', 'arm')).toMatchObject({ reason: 'platform' });
    expect(missingSupport('win32', 'x64')).toBeUndefined();
  });
});
