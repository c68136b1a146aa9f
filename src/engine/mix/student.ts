import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { findTokenizer } from '../corpus/index.ts';
import { builtinTokenizerFile, userCacheFolder } from '../llm/builtin/index.ts';
import type { Project } from '../project/index.ts';
import { type Encoder, loadEncoder } from './encoder.ts';

/** The student's vocabulary and conventions: what a training set is written in. */
export interface Student {
  /** `student.model` of smt.yaml. */
  model: string;
  tokenizer: {
    path: string;
    /** For people: whose tokenizer it is. */
    name: string;
    /** SHA-256 of `tokenizer.json`. */
    sha256: string;
    vocabulary: number;
    eos: number;
    eosToken: string;
    /** What every text begins with (BOS), as the tokenizer itself would add it; empty for Qwen, SmolLM and others. */
    begin: readonly number[];
    beginText: string;
    /** Control tokens by their text: no sample may bring its own. */
    special: readonly string[];
  };
  /** Jinja source of the student's chat template, where it has one. */
  chatTemplate: string | undefined;
  /** What a chat template may ask for by name. */
  templateTokens: Readonly<Record<string, string>>;
}

export type FoundStudent = { ok: true; student: Student } | { ok: false; message: string };

const TokenText = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);
const TokenizerConfig = z.object({
  eos_token: TokenText.nullish(),
  bos_token: TokenText.nullish(),
  unk_token: TokenText.nullish(),
  pad_token: TokenText.nullish(),
  add_bos_token: z.boolean().nullish(),
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish()
    .transform((template) =>
      Array.isArray(template) ? template.find(({ name }) => name === 'default')?.template : (template ?? undefined),
    ),
});
type TokenizerConfig = z.infer<typeof TokenizerConfig>;

/**
 * The student's tokenizer, end-of-text token and chat template from the files beside its `tokenizer.json`
 * (`tokenizer_config.json`, `chat_template.jinja`); for the built-in student from its GGUF. There is no estimate here:
 * without the student's own tokenizer there is no training set.
 */
export async function openStudent(
  project: Project,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<FoundStudent> {
  const cacheDir = userCacheFolder(env);
  const { student } = project.config;
  const found = await findTokenizer({ student, root: project.root, cacheDir, env });
  if (!('path' in found)) {
    return refused(
      `A training set is made of the student's own tokens, and there is ${found.missing}. ` +
        `Set student.tokenizer in smt.yaml to the tokenizer.json of ${student.model} (with its tokenizer_config.json beside it), ` +
        'or download the model into the Hugging Face cache of this machine.',
    );
  }
  const { path } = found;
  const bytes = await readFile(path);
  const config = await tokenizerConfig(path, cacheDir);
  if (typeof config === 'string') return refused(config);
  try {
    const encoder = await loadEncoder(path);
    const eosToken = config.eos_token ?? undefined;
    const eos = eosToken === undefined ? undefined : encoder.tokenId(eosToken);
    if (eosToken === undefined || eos === undefined) {
      return refused(
        `${join(dirname(path), 'tokenizer_config.json')} names no eos_token of this vocabulary: texts of a training set end with it. Put the model's own tokenizer_config.json beside its tokenizer.json.`,
      );
    }
    const begin = beginOf(encoder, config);
    return {
      ok: true,
      student: {
        model: student.model,
        tokenizer: {
          path,
          name: found.label,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          vocabulary: encoder.vocabulary,
          eos,
          eosToken,
          begin,
          beginText: encoder.decode(begin),
          special: encoder.special,
        },
        chatTemplate: config.chat_template,
        templateTokens: Object.fromEntries(
          Object.entries({
            eos_token: config.eos_token,
            bos_token: config.bos_token,
            unk_token: config.unk_token,
            pad_token: config.pad_token,
          }).flatMap(([name, token]) => (token ? [[name, token]] : [])),
        ),
      },
    };
  } catch (error) {
    return refused(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * What a text begins with (recipe §2: BOS … EOS). `add_bos_token` decides where a configuration says it, as in
 * transformers; else the post-processor of tokenizer.json does.
 */
function beginOf({ begin, tokenId }: Encoder, { add_bos_token, bos_token }: TokenizerConfig): readonly number[] {
  if (typeof add_bos_token !== 'boolean') return begin;
  const bos = bos_token ? tokenId(bos_token) : undefined;
  if (!add_bos_token) return begin.filter((id) => id !== bos);
  return bos === undefined || begin.includes(bos) ? begin : [bos, ...begin];
}

const refused = (message: string): FoundStudent => ({ ok: false, message });

/** `tokenizer_config.json` beside the tokenizer; what is wrong with it, as a sentence, where it cannot be used. */
async function tokenizerConfig(path: string, cacheDir: string): Promise<TokenizerConfig | string> {
  const file = join(dirname(path), 'tokenizer_config.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined && path === builtinTokenizerFile(cacheDir)) return builtinConfig(cacheDir);
  if (text === undefined) {
    return `${file} is missing: it names the token that ends a text, and the chat template. Copy it from the model's repository.`;
  }
  try {
    const config = TokenizerConfig.parse(JSON.parse(text));
    const own = await readFile(join(dirname(path), 'chat_template.jinja'), 'utf8').catch(() => undefined);
    return own === undefined ? config : { ...config, chat_template: own };
  } catch (error) {
    return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const Installed = z.object({ gguf: z.string() });

/** The built-in student has a GGUF instead: its metadata hold the same. */
async function builtinConfig(cacheDir: string): Promise<TokenizerConfig | string> {
  const missing =
    'The built-in model is not set up on this machine: its file names the token that ends a text. Run "smt generate" once, or put a tokenizer_config.json beside the tokenizer.json.';
  try {
    const { gguf } = Installed.parse(JSON.parse(await readFile(join(cacheDir, 'builtin', 'installed.json'), 'utf8')));
    const { readGguf } = await import('../llm/builtin/gguf.ts');
    const { metadata } = readGguf(gguf);
    const tokens = metadata.get('tokenizer.ggml.tokens');
    const token = (key: string): string | undefined => {
      const id = metadata.get(`tokenizer.ggml.${key}`);
      const text = Array.isArray(tokens) && typeof id === 'number' ? tokens[id] : undefined;
      return typeof text === 'string' ? text : undefined;
    };
    const template = metadata.get('tokenizer.chat_template');
    const addsBos = metadata.get('tokenizer.ggml.add_bos_token');
    return {
      eos_token: token('eos_token_id'),
      bos_token: token('bos_token_id'),
      unk_token: token('unknown_token_id'),
      pad_token: token('padding_token_id'),
      add_bos_token: typeof addsBos === 'boolean' ? addsBos : undefined,
      chat_template: typeof template === 'string' ? template : undefined,
    };
  } catch {
    return missing;
  }
}
