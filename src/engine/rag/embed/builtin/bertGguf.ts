import { rename, writeFile } from 'node:fs/promises';
import type { Tensor } from './safetensors.ts';

/** What a BERT sentence encoder's `config.json` and `vocab.txt` say, and its weights. */
export interface BertEncoder {
  name: string;
  layers: number;
  /** Longest input, in tokens. */
  context: number;
  width: number;
  feedForward: number;
  heads: number;
  layerNormEpsilon: number;
  /** WordPiece vocabulary in order of ids. */
  vocabulary: readonly string[];
  tensors: readonly Tensor[];
}

type Value =
  | { kind: 'text'; value: string }
  | { kind: 'uint32'; value: number }
  | { kind: 'float32'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'texts'; value: readonly string[] }
  | { kind: 'int32s'; value: readonly number[] };

// GGUF value types and tensor types (ggml's gguf.md).
const TYPE = { uint32: 4, int32: 5, float32: 6, boolean: 7, text: 8, array: 9 } as const;
const F32 = 0;
const F16 = 1;
const ALIGNMENT = 32;
const NORMAL = 1;
const CONTROL = 3;
const MEAN_POOLING = 1;

/**
 * Writes a BERT sentence encoder as GGUF, the format of llama.cpp: matrices in half precision, vectors and the two
 * small embedding tables in single, names and metadata as llama.cpp's own converter gives them. The pooler of the
 * pre-training task is left out, since sentence encoders take the mean of all positions.
 */
export async function writeBertGguf(file: string, encoder: BertEncoder): Promise<void> {
  const tensors = encoder.tensors.flatMap((tensor) => {
    const name = ggufName(tensor.name);
    return name === undefined ? [] : [{ ...tensor, name, half: isHalf(name, tensor) }];
  });
  const expected = 5 + 16 * encoder.layers;
  if (tensors.length !== expected) {
    throw new Error(
      `the model has ${tensors.length} known tensors, a BERT encoder of ${encoder.layers} layers has ${expected}`,
    );
  }
  const entries = metadata(encoder);
  const head = new Bytes();
  head.text4('GGUF');
  head.uint32(3);
  head.uint64(tensors.length);
  head.uint64(entries.length);
  for (const [key, value] of entries) head.entry(key, value);
  const blocks: Buffer[] = [];
  let offset = 0;
  for (const { name, shape, values, half } of tensors) {
    head.text(name);
    head.uint32(shape.length);
    for (const size of [...shape].reverse()) head.uint64(size);
    head.uint32(half ? F16 : F32);
    head.uint64(offset);
    const raw = half ? halves(values) : Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const padded = Buffer.alloc(Math.ceil(raw.length / ALIGNMENT) * ALIGNMENT);
    raw.copy(padded);
    blocks.push(padded);
    offset += padded.length;
  }
  const start = head.done();
  const padding = Buffer.alloc((ALIGNMENT - (start.length % ALIGNMENT)) % ALIGNMENT);
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, Buffer.concat([start, padding, ...blocks]));
  await rename(draft, file);
}

function metadata(encoder: BertEncoder): [string, Value][] {
  const { vocabulary } = encoder;
  const id = (token: string): Value => {
    const index = vocabulary.indexOf(token);
    if (index < 0) throw new Error(`the vocabulary has no ${token}`);
    return { kind: 'uint32', value: index };
  };
  const uint32 = (value: number): Value => ({ kind: 'uint32', value });
  const special = (token: string) => /^\[[A-Z]+\d*\]$/.test(token) || token.startsWith('[unused');
  return [
    ['general.architecture', { kind: 'text', value: 'bert' }],
    ['general.name', { kind: 'text', value: encoder.name }],
    ['general.file_type', uint32(1)],
    ['bert.block_count', uint32(encoder.layers)],
    ['bert.context_length', uint32(encoder.context)],
    ['bert.embedding_length', uint32(encoder.width)],
    ['bert.feed_forward_length', uint32(encoder.feedForward)],
    ['bert.attention.head_count', uint32(encoder.heads)],
    ['bert.attention.layer_norm_epsilon', { kind: 'float32', value: encoder.layerNormEpsilon }],
    ['bert.attention.causal', { kind: 'boolean', value: false }],
    ['bert.pooling_type', uint32(MEAN_POOLING)],
    ['tokenizer.ggml.model', { kind: 'text', value: 'bert' }],
    ['tokenizer.ggml.token_type_count', uint32(2)],
    // llama.cpp marks the beginning of a word instead of its continuation.
    [
      'tokenizer.ggml.tokens',
      {
        kind: 'texts',
        value: vocabulary.map((token) =>
          special(token) ? token : token.startsWith('##') ? token.slice(2) : `\u2581${token}`,
        ),
      },
    ],
    [
      'tokenizer.ggml.token_type',
      { kind: 'int32s', value: vocabulary.map((token) => (special(token) ? CONTROL : NORMAL)) },
    ],
    ['tokenizer.ggml.unknown_token_id', id('[UNK]')],
    ['tokenizer.ggml.seperator_token_id', id('[SEP]')],
    ['tokenizer.ggml.padding_token_id', id('[PAD]')],
    ['tokenizer.ggml.cls_token_id', id('[CLS]')],
    ['tokenizer.ggml.mask_token_id', id('[MASK]')],
  ];
}

const LAYER_PARTS: Readonly<Record<string, string>> = {
  'attention.self.query': 'attn_q',
  'attention.self.key': 'attn_k',
  'attention.self.value': 'attn_v',
  'attention.output.dense': 'attn_output',
  'attention.output.LayerNorm': 'attn_output_norm',
  'intermediate.dense': 'ffn_up',
  'output.dense': 'ffn_down',
  'output.LayerNorm': 'layer_output_norm',
};
const EMBEDDING_PARTS: Readonly<Record<string, string>> = {
  'embeddings.word_embeddings': 'token_embd',
  'embeddings.position_embeddings': 'position_embd',
  'embeddings.token_type_embeddings': 'token_types',
  'embeddings.LayerNorm': 'token_embd_norm',
};

function ggufName(name: string): string | undefined {
  const bare = name.replace(/^bert\./, '');
  const split = /^(?:encoder\.layer\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(bare);
  if (!split) return undefined;
  const [, layer, part = '', kind = ''] = split;
  const known = layer === undefined ? EMBEDDING_PARTS[part] : LAYER_PARTS[part];
  if (known === undefined) return undefined;
  return layer === undefined ? `${known}.${kind}` : `blk.${layer}.${known}.${kind}`;
}

function isHalf(name: string, { shape }: Tensor): boolean {
  return shape.length === 2 && name !== 'position_embd.weight' && name !== 'token_types.weight';
}

/** IEEE half precision, rounded to nearest even; weights of an encoder are far from its limits. */
function halves(values: Float32Array): Buffer {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = Buffer.alloc(values.length * 2);
  for (const [index, word] of bits.entries()) {
    const sign = (word >>> 16) & 0x8000;
    const exponent = ((word >>> 23) & 0xff) - 112;
    const mantissa = word & 0x7fffff;
    let half: number;
    if (exponent >= 31) half = 0x7c00;
    else if (exponent > 0) half = roundedShift((exponent << 23) | mantissa, 13);
    else if (exponent > -11) half = roundedShift(mantissa | 0x800000, 14 - exponent);
    else half = 0;
    out.writeUInt16LE(sign | Math.min(half, 0x7c00), index * 2);
  }
  return out;
}

function roundedShift(value: number, by: number): number {
  const kept = value >>> by;
  const rest = value & ((1 << by) - 1);
  const middle = 1 << (by - 1);
  return rest > middle || (rest === middle && (kept & 1) === 1) ? kept + 1 : kept;
}

/** Little-endian bytes in pieces. */
class Bytes {
  readonly #parts: Buffer[] = [];

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }

  text4(value: string): void {
    this.#parts.push(Buffer.from(value, 'latin1'));
  }

  uint32(value: number): void {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value);
    this.#parts.push(part);
  }

  uint64(value: number): void {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    this.#parts.push(part);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.uint64(bytes.length);
    this.#parts.push(bytes);
  }

  entry(key: string, value: Value): void {
    this.text(key);
    switch (value.kind) {
      case 'text':
        this.uint32(TYPE.text);
        this.text(value.value);
        return;
      case 'uint32':
        this.uint32(TYPE.uint32);
        this.uint32(value.value);
        return;
      case 'float32': {
        this.uint32(TYPE.float32);
        const part = Buffer.alloc(4);
        part.writeFloatLE(value.value);
        this.#parts.push(part);
        return;
      }
      case 'boolean':
        this.uint32(TYPE.boolean);
        this.#parts.push(Buffer.from([value.value ? 1 : 0]));
        return;
      case 'texts':
        this.uint32(TYPE.array);
        this.uint32(TYPE.text);
        this.uint64(value.value.length);
        for (const one of value.value) this.text(one);
        return;
      case 'int32s': {
        this.uint32(TYPE.array);
        this.uint32(TYPE.int32);
        this.uint64(value.value.length);
        this.#parts.push(Buffer.from(Int32Array.from(value.value).buffer));
        return;
      }
    }
  }
}
