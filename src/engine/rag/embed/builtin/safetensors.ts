import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export interface Tensor {
  name: string;
  /** Rows first, as PyTorch prints it. */
  shape: readonly number[];
  values: Float32Array;
}

const Entry = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/**
 * The float32 tensors of a `.safetensors` file: 8 bytes of header length, a JSON header, then the values.
 * @throws Error when the file is not one, or an entry points outside of it.
 */
export async function readSafetensors(file: string): Promise<Tensor[]> {
  const bytes = await readFile(file);
  const length = bytes.length < 8 ? Number.POSITIVE_INFINITY : Number(bytes.readBigUInt64LE(0));
  if (length > bytes.length - 8) throw new Error(`${file} is not a safetensors file: its header does not fit`);
  const header: unknown = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const entries = z.record(z.string(), z.unknown()).parse(header);
  return Object.entries(entries).flatMap(([name, entry]) => {
    const parsed = Entry.safeParse(entry);
    if (name === '__metadata__' || !parsed.success || parsed.data.dtype !== 'F32') return [];
    const { shape, data_offsets } = parsed.data;
    const [start, end] = data_offsets;
    const count = shape.reduce((product, size) => product * size, 1);
    if (end - start !== count * 4 || 8 + length + end > bytes.length) {
      throw new Error(`${file}: tensor ${name} does not have the size its shape says`);
    }
    // Copied: the header's length decides whether the values lie at a multiple of four.
    const values = new Float32Array(count);
    new Uint8Array(values.buffer).set(bytes.subarray(8 + length + start, 8 + length + end));
    return [{ name, shape, values }];
  });
}
