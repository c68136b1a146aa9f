import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { GgufValue } from './gguf.ts';
import { BuiltinProblem } from './problem.ts';

// Token kinds of llama.cpp (`llama_token_type`): control and user-defined tokens are matched before the merges run.
const CONTROL = 3;
const USER_DEFINED = 4;

/**
 * The GGUF's vocabulary as a Hugging Face `tokenizer.json`, so that the student SmolLM2 is counted in its own tokens
 * without a download. Only the pre-tokenizer `smollm` is known: each digit alone, then GPT-2's byte-level split.
 * @throws BuiltinProblem `bad_gguf` for any other vocabulary.
 */
export function huggingFaceTokenizer(metadata: ReadonlyMap<string, GgufValue>): object {
  const model = metadata.get('tokenizer.ggml.model');
  const pre = metadata.get('tokenizer.ggml.pre');
  if (model !== 'gpt2' || pre !== 'smollm') {
    throw new BuiltinProblem('bad_gguf', `No tokenizer.json can be written for a ${model}/${pre} vocabulary.`);
  }
  const tokens = strings(metadata.get('tokenizer.ggml.tokens'));
  const merges = strings(metadata.get('tokenizer.ggml.merges'));
  const types = metadata.get('tokenizer.ggml.token_type');
  const kinds = Array.isArray(types) ? types : [];
  const added = tokens.flatMap((content, id) =>
    kinds[id] === CONTROL || kinds[id] === USER_DEFINED
      ? [
          {
            id,
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: kinds[id] === CONTROL,
          },
        ]
      : [],
  );
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

const strings = (value: GgufValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];

/** Written beside and renamed: a reader never sees half of it. */
export function writeTokenizer(file: string, metadata: ReadonlyMap<string, GgufValue>): void {
  const text = JSON.stringify(huggingFaceTokenizer(metadata));
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
