import type { CorpusDocument } from '../../../contract/corpus.ts';
import { EVALUATION_VERSION, type EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { Corpus } from '../../corpus/index.ts';
import { lettersOf, TextLocator } from './locateText.ts';
import type { DocumentHint, ReadQuestion } from './types.ts';

/** What placing needs of a corpus. */
export type PlaceableCorpus = Pick<Corpus, 'documents' | 'text'>;

/**
 * Gives every question the corpus document that holds its answer and the place of its evidence, where they are found.
 * Clusters of the bootstrap: the document, else what the file says belongs together, else the question itself.
 *
 * @param split of the benchmark, stored with every question: scores of different splits are not compared
 */
export async function placeQuestions(
  benchmark: string,
  split: EvaluatedQuestion['split'],
  read: readonly ReadQuestion[],
  corpus: PlaceableCorpus | undefined,
): Promise<EvaluatedQuestion[]> {
  const places = corpus ? new Places(corpus) : undefined;
  const questions: EvaluatedQuestion[] = [];
  for (const each of read) {
    const { id, question, context, choices, gold_choice, gold, accept, type } = each;
    const document = each.document ? await places?.find(each.document) : undefined;
    const evidence = document ? await places?.evidence(document, each) : undefined;
    questions.push({
      v: EVALUATION_VERSION,
      id: `${benchmark}/${id}`,
      benchmark,
      split,
      question,
      ...(context === undefined ? {} : { context }),
      ...(choices === undefined ? {} : { choices }),
      ...(gold_choice === undefined ? {} : { gold_choice }),
      gold,
      ...(accept === undefined ? {} : { accept }),
      document: document?.id ?? null,
      cluster: document?.id ?? each.group ?? `${benchmark}/${id}`,
      ...(type === undefined ? {} : { type }),
      ...(evidence && evidence.length > 0 ? { evidence } : {}),
    });
  }
  return questions;
}

class Places {
  readonly #corpus: PlaceableCorpus;
  readonly #byId = new Map<string, CorpusDocument>();
  readonly #byName = new Map<string, CorpusDocument[]>();
  readonly #byTitle = new Map<string, CorpusDocument[]>();
  readonly #locators = new Map<string, Promise<{ text: string; locator: TextLocator }>>();
  readonly #byText = new Map<string, CorpusDocument | undefined>();

  constructor(corpus: PlaceableCorpus) {
    this.#corpus = corpus;
    for (const document of corpus.documents) {
      this.#byId.set(document.id, document);
      const row = document.id.startsWith(`${document.path}#`) ? document.id.slice(document.path.length + 1) : undefined;
      const stem = document.path.replace(/^.*\//, '').replace(/\.[^.]+$/, '');
      for (const name of row === undefined ? [stem] : [row, row.replace(/-\d+$/, '')])
        push(this.#byName, name, document);
      push(this.#byTitle, document.title, document);
    }
  }

  async find({ id, name, title, text }: DocumentHint): Promise<CorpusDocument | undefined> {
    const exact = id === undefined ? undefined : this.#byId.get(id);
    if (exact) return exact;
    // A file that is named without its row is not one document; a name that fits two is no name.
    const named = [id, name].flatMap((each) =>
      each === undefined
        ? []
        : [
            this.#byName.get(
              keyOf(each.replace(/^.*\//, '').replace(/\.(md|markdown|txt|html?|pdf|docx|epub|jsonl)$/i, '')),
            ),
          ],
    );
    for (const found of named) if (found?.length === 1) return found[0];
    const titled = title === undefined ? undefined : this.#byTitle.get(keyOf(title));
    if (titled?.length === 1) return titled[0];
    return text === undefined ? undefined : this.#holding(text);
  }

  /** The document that holds a paragraph, word for word. */
  async #holding(text: string): Promise<CorpusDocument | undefined> {
    if (this.#byText.has(text)) return this.#byText.get(text);
    let found: CorpusDocument | undefined;
    for (const document of this.#corpus.documents) {
      const { locator } = await this.#locator(document.id);
      if (locator.passage(text.slice(0, 400)) === undefined) continue;
      found = document;
      break;
    }
    this.#byText.set(text, found);
    return found;
  }

  async evidence(
    document: CorpusDocument,
    { evidence, document: hint, choices, gold }: ReadQuestion,
  ): Promise<EvaluatedQuestion['evidence']> {
    if (!evidence) return undefined;
    const { text, locator } = await this.#locator(document.id);
    const places: NonNullable<EvaluatedQuestion['evidence']> = [];
    for (const { text: quoted, page } of evidence) {
      const within = page === undefined ? undefined : pageOf(document, page);
      if (page !== undefined && within === undefined) continue;
      // The user's own questions name only their answer: it is evidence where it stands once, as whole words.
      if (hint?.id !== undefined && quoted === gold) {
        const found = locator.words(quoted, text);
        const [only] = found;
        if (found.length === 1 && only && (choices === undefined || lettersOf(quoted).length >= 3))
          places.push({ document: document.id, ...only });
        continue;
      }
      const found = locator.passage(quoted, within) ?? within;
      if (found) places.push({ document: document.id, ...found });
    }
    return places;
  }

  #locator(document: string): Promise<{ text: string; locator: TextLocator }> {
    const known = this.#locators.get(document);
    if (known) return known;
    const made = this.#corpus.text(document).then((text) => ({ text, locator: new TextLocator(text) }));
    this.#locators.set(document, made);
    return made;
  }
}

function pageOf(document: CorpusDocument, page: number): { start: number; end: number } | undefined {
  const start = document.pages?.[page];
  return start === undefined ? undefined : { start, end: document.pages?.[page + 1] ?? document.characters };
}

/** Letters and digits in lower case: `JOHNSON_JOHNSON_2023_8K_dated-2023-08-30` is written with `-` and `_` alike. */
const keyOf = (name: string): string => lettersOf(name.normalize('NFKC'));

function push(map: Map<string, CorpusDocument[]>, name: string, document: CorpusDocument): void {
  const key = keyOf(name);
  const list = map.get(key);
  if (!list) map.set(key, [document]);
  else if (!list.includes(document)) list.push(document);
}
