/** Longer pieces are seldom met again. */
const LONGEST_PIECE = 48;
/** Pieces remembered; then all are forgotten and learnt again. About ten megabytes. */
const MOST_PIECES = 100_000;

/** Split patterns after which a token never reaches from a word, digit or sign into the space behind it. */
const KNOWN_SPLITS: ReadonlySet<string> = new Set([
  // Llama 3
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // Qwen 2, 2.5 and 3
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
]);

/**
 * The same counts several times faster: a text is cut before every space that follows a visible ASCII character, and
 * what a piece (`" word,"`) counts is remembered. Right only where no token spans such a cut (`splitsAtSpaces`; true of
 * OpenAI's vocabularies): the cuts then are cuts of the tokenizer's own.
 */
export function countByPieces(count: (text: string) => number): (text: string) => number {
  const known = new Map<string, number>();
  const ofPiece = (piece: string): number => {
    if (piece.length > LONGEST_PIECE) return count(piece);
    const tokens = known.get(piece);
    if (tokens !== undefined) return tokens;
    if (known.size >= MOST_PIECES) known.clear();
    const counted = count(piece);
    known.set(piece, counted);
    return counted;
  };
  return (text) => {
    let tokens = 0;
    let from = 0;
    for (let space = text.indexOf(' ', 1); space >= 0; space = text.indexOf(' ', space + 1)) {
      const before = text.charCodeAt(space - 1);
      if (before <= 0x20 || before >= 0x7f) continue;
      tokens += ofPiece(text.slice(from, space));
      from = space;
    }
    return tokens + (from < text.length ? ofPiece(text.slice(from)) : 0);
  };
}

/** Does a `tokenizer.json` cut at spaces whatever stands around them? False where it is not known. */
export function splitsAtSpaces(tokenizer: object): boolean {
  const { normalizer, pre_tokenizer, added_tokens } = fields(tokenizer);
  const steps = stepsOf(pre_tokenizer, 'pretokenizers');
  const added = Array.isArray(added_tokens) ? added_tokens.map(fields) : [];
  return (
    stepsOf(normalizer, 'normalizers').every(({ type }) => type === 'NFC') &&
    steps.some(splits) &&
    steps.every((step) => splits(step) || keepsSpaces(step)) &&
    added.every(
      ({ content, lstrip, rstrip, single_word }) =>
        typeof content === 'string' && !/\s/.test(content) && !lstrip && !rstrip && !single_word,
    )
  );
}

function splits({ type, pattern, behavior, invert, use_regex, add_prefix_space }: Fields): boolean {
  if (type === 'ByteLevel') return use_regex !== false && add_prefix_space === false;
  const { Regex } = fields(pattern);
  return type === 'Split' && behavior === 'Isolated' && !invert && typeof Regex === 'string' && KNOWN_SPLITS.has(Regex);
}

function keepsSpaces({ type, add_prefix_space }: Fields): boolean {
  return type === 'Digits' || (type === 'ByteLevel' && add_prefix_space === false);
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function stepsOf(value: unknown, list: string): Fields[] {
  const step = fields(value);
  if (step.type === undefined) return [];
  const inner = step[list];
  return step.type === 'Sequence' ? (Array.isArray(inner) ? inner.map(fields) : [{}]) : [step];
}
