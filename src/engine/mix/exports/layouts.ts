import type { DatasetManifest, ExportFormat } from '../../../contract/dataset.ts';
import type { Student } from '../student.ts';
import type { SourceRow } from './sourceRows.ts';

/** A layout that another trainer reads: which lines a row becomes, in which files, and what stands beside them. */
export interface Layout {
  /** Files of each split by a name of ours; a row says which it goes to. */
  files: Readonly<Record<string, { train: string; held_out: string }>>;
  /** Lines of a row as JSON values by file; nothing where the layout has no place for it, with the reason. */
  lines(row: SourceRow): readonly { file: string; line: object }[] | { left_out: string };
  /** Small files beside the rows: configuration that names them. `rows` counts lines by path. */
  beside(manifest: DatasetManifest, rows: ReadonlyMap<string, number>): Readonly<Record<string, string>>;
}

const JSONL = { rows: { train: 'train.jsonl', held_out: 'held_out.jsonl' } };
const nothing = () => ({});

/** The text without what its trainer puts ahead of it: a chat template may have written that already. */
function bare({ rendered }: SourceRow, begin: string): string {
  const text = rendered.prompt + rendered.completion;
  return begin !== '' && text.startsWith(begin) ? text.slice(begin.length) : text;
}

const NO_CHAT = 'replay is no conversation';

const NO_TURN = 'one side of the conversation is empty';

const messages = ({ turns }: SourceRow) => {
  if (turns === undefined) return { left_out: NO_CHAT };
  // A whole file is refused for one such line.
  if (turns.some(({ content }) => content.trim() === '')) return { left_out: NO_TURN };
  return [{ file: 'rows', line: { messages: turns } }];
};

/**
 * TRL `{"text"}`: SFTTrainer puts what begins and ends a text around it. The loss mask of answers is not part of it.
 */
const trlText = (begin: string): Layout => ({
  files: JSONL,
  lines: (row) => [{ file: 'rows', line: { text: bare(row, begin) } }],
  beside: nothing,
});

/** TRL `{"messages"}`: QAs as question and answer, documents as title and text. */
const trlMessages: Layout = { files: JSONL, lines: messages, beside: nothing };

const openai: Layout = {
  files: { rows: { train: 'train.jsonl', held_out: 'validation.jsonl' } },
  lines: messages,
  beside: nothing,
};

/** axolotl `input_output`: segments with the loss mask as it is in the training set; it adds no tokens of its own. */
const axolotl = (lossOn: 'all' | 'answers', eos: string): Layout => ({
  files: JSONL,
  lines: ({ rendered, begin, kind, ends }) => {
    const { prompt, completion } = rendered;
    const [first, second] = prompt === '' ? ['', begin + completion] : [begin + prompt, completion];
    const asked = first === '' ? [] : [{ label: lossOn === 'all' || kind !== 'qa', text: first }];
    return [{ file: 'rows', line: { segments: [...asked, { label: true, text: ends ? second + eos : second }] } }];
  },
  beside: ({ student }) => ({
    'axolotl.yaml': [
      '# Data part of an axolotl configuration; everything about training is yours to add.',
      `base_model: ${JSON.stringify(student)}`,
      'datasets:',
      '  - path: train.jsonl',
      '    ds_type: json',
      '    type: input_output',
      'test_datasets:',
      '  - path: held_out.jsonl',
      '    ds_type: json',
      '    split: train',
      '    type: input_output',
      '',
    ].join('\n'),
  }),
});

/** LLaMA-Factory: everything as text for `stage: pt`, QAs once more as alpaca for `stage: sft`, and its register. */
const llamaFactory = (begin: string): Layout => ({
  files: {
    text: JSONL.rows,
    qa: { train: 'qa.jsonl', held_out: 'qa_held_out.jsonl' },
  },
  lines: (row) => {
    const { turns, kind } = row;
    const text = { file: 'text', line: { text: bare(row, begin) } };
    if (kind !== 'qa' || turns === undefined) return [text];
    return [text, { file: 'qa', line: { instruction: turns[0].content, input: '', output: turns[1].content } }];
  },
  beside: ({ name }, rows) => {
    const text = { prompt: 'text' };
    const qa = { prompt: 'instruction', query: 'input', response: 'output' };
    const sets = [
      [name, 'train.jsonl', text],
      [`${name}_held_out`, 'held_out.jsonl', text],
      [`${name}_qa`, 'qa.jsonl', qa],
      [`${name}_qa_held_out`, 'qa_held_out.jsonl', qa],
    ] as const;
    const register = Object.fromEntries(
      sets.flatMap(([set, file, columns]) => (rows.has(file) ? [[set, { file_name: file, columns }]] : [])),
    );
    return { 'dataset_info.json': `${JSON.stringify(register, null, 2)}\n` };
  },
});

/** The layout of a format; `huggingface` is the training set's own folder and needs none. */
export function layoutOf(
  format: Exclude<ExportFormat, 'huggingface'>,
  manifest: DatasetManifest,
  { beginText, eosToken }: Pick<Student['tokenizer'], 'beginText' | 'eosToken'>,
): Layout {
  switch (format) {
    case 'trl-text':
      return trlText(beginText);
    case 'trl-messages':
      return trlMessages;
    case 'axolotl':
      return axolotl(manifest.settings.loss_on, eosToken);
    case 'llama-factory':
      return llamaFactory(beginText);
    case 'openai':
      return openai;
  }
}
