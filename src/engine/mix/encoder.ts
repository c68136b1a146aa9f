import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { splitsAtSpaces } from '../corpus/pieceCounts.ts';

/** Longer pieces are seldom met again. */
const LONGEST_PIECE = 48;
/** Pieces remembered; then all are forgotten and learnt again. */
const MOST_PIECES = 100_000;
/** As in `corpus/encoding.ts`: a run without a space (or of nothing but spaces) is encoded in parts of this length. */
const LONG_RUN = /(\S{2001,}|\s{2001,})/;
const PART = 2000;

/** The student's tokenizer in this thread. */
export interface Encoder {
  /** Token ids of a text; special tokens in it count as what they are, none are added. */
  encode(text: string): readonly number[];
  /** The text of tokens, special tokens written out, spaces as they are. */
  decode(ids: readonly number[]): string;
  tokenId(token: string): number | undefined;
  /** What the tokenizer's own post-processor puts ahead of a text: Llama 3's `<|begin_of_text|>`; mostly nothing. */
  begin: readonly number[];
  vocabulary: number;
  /** Control tokens by their text. */
  special: readonly string[];
}

/**
 * Loads the `tokenizer.json` at `path` with its `tokenizer_config.json` where there is one.
 * @throws Error when it cannot be read or is of a kind that @huggingface/tokenizers does not know.
 */
export async function loadEncoder(path: string): Promise<Encoder> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const described = jsonObject(await readFile(path, 'utf8'));
  const config = await readFile(join(dirname(path), 'tokenizer_config.json'), 'utf8').catch(() => '{}');
  const tokenizer = new Tokenizer(described, jsonObject(config));
  const whole = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const encode = splitsAtSpaces(described) ? byPieces(whole) : whole;
  encode('ready'); // A tokenizer that cannot encode shall fail here, not in the middle of a corpus.
  const added = [...tokenizer.get_added_tokens_decoder().entries()];
  let vocabulary = 0;
  for (const id of tokenizer.get_vocab(true).values()) vocabulary = Math.max(vocabulary, id + 1);
  return {
    encode: (text) => (text === '' ? [] : inParts(text, encode)),
    decode: (ids) =>
      ids.length === 0
        ? ''
        : tokenizer.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
    tokenId: (token) => tokenizer.token_to_id(token),
    begin: before(tokenizer.encode('ready').ids, whole('ready')),
    vocabulary,
    special: added.flatMap(([, token]) => (token.special ? [token.content] : [])),
  };
}

/** The ids ahead of a text's own, where they stand in one piece. */
function before(ids: readonly number[], own: readonly number[]): readonly number[] {
  for (let at = 0; at + own.length <= ids.length; at++) {
    if (own.every((id, place) => ids[at + place] === id)) return ids.slice(0, at);
  }
  return [];
}

function jsonObject(source: string): object {
  const value: unknown = JSON.parse(source);
  if (typeof value !== 'object' || value === null) throw new Error('not a JSON object');
  return value;
}

/** The same ids several times faster, where no token spans a space: the idea of `corpus/pieceCounts.ts`, with ids. */
function byPieces(encode: (text: string) => number[]): (text: string) => number[] {
  const known = new Map<string, readonly number[]>();
  const ofPiece = (piece: string): readonly number[] => {
    if (piece.length > LONGEST_PIECE) return encode(piece);
    const ids = known.get(piece);
    if (ids !== undefined) return ids;
    if (known.size >= MOST_PIECES) known.clear();
    const encoded = encode(piece);
    known.set(piece, encoded);
    return encoded;
  };
  return (text) => {
    const ids: number[] = [];
    let from = 0;
    for (let space = text.indexOf(' ', 1); space >= 0; space = text.indexOf(' ', space + 1)) {
      const before = text.charCodeAt(space - 1);
      if (before <= 0x20 || before >= 0x7f) continue;
      for (const id of ofPiece(text.slice(from, space))) ids.push(id);
      from = space;
    }
    if (from < text.length) for (const id of ofPiece(text.slice(from))) ids.push(id);
    return ids;
  };
}

function inParts(text: string, encode: (text: string) => readonly number[]): readonly number[] {
  if (!LONG_RUN.test(text)) return encode(text);
  const ids: number[] = [];
  for (const part of text.split(LONG_RUN)) {
    const step = LONG_RUN.test(part) ? PART : Math.max(1, part.length);
    for (let from = 0; from < part.length; from += step) {
      for (const id of encode(part.slice(from, from + step))) ids.push(id);
    }
  }
  return ids;
}
