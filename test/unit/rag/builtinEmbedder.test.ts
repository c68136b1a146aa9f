import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readGguf } from '../../../src/engine/llm/builtin/gguf.ts';
import { serverSettings } from '../../../src/engine/llm/builtin/serverSettings.ts';
import { type BertEncoder, writeBertGguf } from '../../../src/engine/rag/embed/builtin/bertGguf.ts';
import { openBuiltinEmbedder } from '../../../src/engine/rag/embed/builtin/builtinEmbedder.ts';
import { readSafetensors } from '../../../src/engine/rag/embed/builtin/safetensors.ts';
import { builtinEmbedderState } from '../../../src/engine/rag/embed/builtin/setUp.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'smt-embed-'));
  folders.push(made);
  return made;
}

const [WIDTH, INNER, WORDS] = [8, 16, 6];
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'bridge', '##s'];
const tensor = (name: string, shape: number[]) => ({
  name,
  shape,
  values: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, at) => Math.sin(at)),
});
function encoder(layers: number): BertEncoder {
  const parts: [string, number[]][] = [
    ['attention.self.query', [WIDTH, WIDTH]],
    ['attention.self.key', [WIDTH, WIDTH]],
    ['attention.self.value', [WIDTH, WIDTH]],
    ['attention.output.dense', [WIDTH, WIDTH]],
    ['attention.output.LayerNorm', [WIDTH]],
    ['intermediate.dense', [INNER, WIDTH]],
    ['output.dense', [WIDTH, INNER]],
    ['output.LayerNorm', [WIDTH]],
  ];
  const tensors = [
    tensor('embeddings.word_embeddings.weight', [WORDS, WIDTH]),
    tensor('embeddings.position_embeddings.weight', [32, WIDTH]),
    tensor('embeddings.token_type_embeddings.weight', [2, WIDTH]),
    tensor('embeddings.LayerNorm.weight', [WIDTH]),
    tensor('embeddings.LayerNorm.bias', [WIDTH]),
    tensor('pooler.dense.weight', [WIDTH, WIDTH]),
    ...Array.from({ length: layers }, (_, layer) =>
      parts.flatMap(([part, shape]) => [
        tensor(`encoder.layer.${layer}.${part}.weight`, shape),
        tensor(`encoder.layer.${layer}.${part}.bias`, [shape[0] ?? 0]),
      ]),
    ).flat(),
  ];
  return {
    ...{ name: 'tiny', layers, context: 32, width: WIDTH, feedForward: INNER, heads: 2, layerNormEpsilon: 1e-12 },
    vocabulary: VOCABULARY,
    tensors,
  };
}

describe('a sentence encoder as GGUF', () => {
  it('has what llama.cpp needs: architecture, mean pooling, words marked at their beginning, all weights but the pooler', async () => {
    const file = join(await folder(), 'tiny.gguf');
    const tiny = encoder(2);
    await writeBertGguf(file, tiny);
    const { metadata, parameters } = readGguf(file);
    expect(metadata.get('general.architecture')).toBe('bert');
    expect(metadata.get('bert.pooling_type')).toBe(1);
    expect(metadata.get('bert.attention.causal')).toBe(false);
    expect(metadata.get('bert.attention.layer_norm_epsilon')).toBeCloseTo(1e-12, 20);
    expect(metadata.get('tokenizer.ggml.tokens')).toEqual([
      '[PAD]',
      '[UNK]',
      '[CLS]',
      '[SEP]',
      '[MASK]',
      '\u2581bridge',
      's',
    ]);
    const weights = tiny.tensors
      .filter(({ name }) => !name.startsWith('pooler'))
      .reduce((sum, { values }) => sum + values.length, 0);
    expect(parameters).toBe(weights);
  });

  it('is served for vectors, with a pass as long as its context; a text model is not', async () => {
    const file = join(await folder(), 'tiny.gguf');
    await writeBertGguf(file, encoder(1));
    const machine = { cores: 4, idle: 1, freeBytes: 8e9 };
    expect(serverSettings(readGguf(file), { small: true }, machine)).toMatchObject({
      embedding: true,
      context_tokens: 32,
      threads: 4,
    });
    const text = { metadata: new Map([['general.architecture', 'llama']]), parameters: 1e8 };
    expect(serverSettings(text, { small: true }, machine).embedding).toBeUndefined();
  });

  it('with a layer missing is refused instead of written', async () => {
    const broken = encoder(2);
    const tensors = broken.tensors.filter(({ name }) => name !== 'encoder.layer.1.output.dense.bias');
    await expect(writeBertGguf(join(await folder(), 'x.gguf'), { ...broken, tensors })).rejects.toThrow(
      /36 known tensors.*37/,
    );
  });
});

describe('safetensors', () => {
  it('are read with their shapes; what is no such file or points outside is an error', async () => {
    const file = join(await folder(), 'a.safetensors');
    const header = (end: number) =>
      JSON.stringify({ __metadata__: { format: 'pt' }, w: { dtype: 'F32', shape: [2, 1], data_offsets: [0, end] } });
    const write = async (text: string, values: number[]) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      await writeFile(file, Buffer.concat([length, Buffer.from(text), Buffer.from(Float32Array.from(values).buffer)]));
    };
    await write(header(8), [1.5, -2]);
    expect(await readSafetensors(file)).toEqual([{ name: 'w', shape: [2, 1], values: Float32Array.from([1.5, -2]) }]);
    await write(header(12), [1.5, -2, 0]);
    await expect(readSafetensors(file)).rejects.toThrow(/size its shape says/);
    await writeFile(file, 'not one');
    await expect(readSafetensors(file)).rejects.toThrow(/not a safetensors file/);
  });
});

describe('the built-in embedder', () => {
  it('gives unit vectors of 384 numbers by meaning, and cuts what is too long', {
    timeout: 180_000,
  }, async (context) => {
    const state = await builtinEmbedderState();
    if (!state.installed) {
      console.log(`skipped: ${state.message}`);
      context.skip();
    }
    const embedder = await openBuiltinEmbedder({ setUp: false });
    try {
      const texts = ['A man is eating food.', 'A man eats a meal.', 'The stock market fell.', 'word '.repeat(600)];
      const vectors = await embedder.embed(texts, 'document');
      const cosine = (one: number, other: number) =>
        vectors[one]?.reduce((sum, value, at) => sum + value * (vectors[other]?.[at] ?? 0), 0) ?? Number.NaN;
      expect(vectors.map(({ length }) => length)).toEqual([384, 384, 384, 384]);
      for (const at of [0, 1, 2, 3]) expect(cosine(at, at)).toBeCloseTo(1, 5);
      // PyTorch's values for this model: 0.908 and −0.036.
      expect(cosine(0, 1)).toBeCloseTo(0.908, 2);
      expect(cosine(0, 2)).toBeCloseTo(-0.036, 2);
      expect(embedder.truncated).toBe(1);
    } finally {
      await embedder.close();
    }
  });
});
