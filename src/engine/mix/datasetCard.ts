import type { DatasetManifest } from '../../contract/dataset.ts';
import type { Dropped } from './replay.ts';

/**
 * The data set's card: front matter as the Hugging Face hub reads it, then what the set is made of. Nothing in it
 * depends on the time or the machine.
 *
 * @param generators model names that wrote the samples
 */
export function datasetCard(manifest: DatasetManifest, generators: readonly string[]): string {
  const { name, student, train, held_out, parts, replay, left_out, settings, tokenizer, seed } = manifest;
  const splits = [...new Set(manifest.files.map(({ split }) => split))];
  const front = [
    '---',
    `pretty_name: ${JSON.stringify(`${manifest.project} (${name})`)}`,
    'license: other',
    'annotations_creators:',
    '- machine-generated',
    'source_datasets:',
    '- original',
    'task_categories:',
    '- text-generation',
    'tags:',
    '- synthetic',
    '- synthetic-mixed-training',
    'size_categories:',
    `- ${sizeCategory(train.rows)}`,
    'configs:',
    '- config_name: default',
    '  data_files:',
    ...splits.flatMap((split) => [`  - split: ${split}`, `    path: data/${split}-*.parquet`]),
    '---',
  ];
  const total = train.tokens;
  const shares = [
    '| part | tokens | rows | share asked | share achieved |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...parts.map(
      (part) =>
        `| ${cell(part.label)} | ${count(part.tokens)} | ${count(part.rows)} | ${percent(part.asked)} of synthetic | ${percent(part.achieved)} |`,
    ),
    ...(replay
      ? [
          `| replay | ${count(replay.tokens)} | ${count(replay.rows)} | ${percent(replay.asked)} of all | ${percent(replay.achieved)} |`,
        ]
      : []),
  ];
  return [
    ...front,
    '',
    `# ${cell(manifest.project)}: ${name}`,
    '',
    `A training set for continued training of \`${student}\`, made with Synthetic Mixed Training from ${count(Object.keys(manifest.by_document).length)} documents.`,
    ...(manifest.toy
      ? [
          '',
          '**Written by the built-in very small model: good to see the product work, not worth training on for anything else.**',
        ]
      : []),
    '',
    `${count(total)} tokens in ${count(train.rows)} rows for training, ${count(held_out.tokens)} tokens in ${count(held_out.rows)} rows held out.`,
    '',
    ...shares,
    '',
    '| method | tokens | rows |',
    '| --- | ---: | ---: |',
    ...Object.entries(manifest.by_method).map(
      ([method, share]) => `| ${cell(method)} | ${count(share.tokens)} | ${count(share.rows)} |`,
    ),
    '',
    '## Columns',
    '',
    '- `input_ids`, `labels`: tokens of the student; labels are -100 where a token is not learned.',
    '- `source`: id of the sample, or `replay:<n>`; `kind`, `method`, `document`: what it is and where it comes from.',
    '',
    `Loss on ${settings.loss_on === 'all' ? 'all tokens' : 'answers only'}; QAs rendered ${settings.render === 'chat' ? "in the student's chat template" : 'as plain text'}; every text ${tokenizer.begin.length > 0 ? `begins with token ${tokenizer.begin.join(', ')} and ` : ''}ends with token ${tokenizer.eos}.`,
    '',
    '## How it was made',
    '',
    ...(generators.length > 0 ? [`- Written by: ${generators.map(cell).join(', ')}`] : []),
    `- Tokenizer: ${cell(tokenizer.name)} (${count(tokenizer.vocabulary)} tokens, SHA-256 of tokenizer.json \`${tokenizer.sha256}\`)`,
    `- Seed ${seed}, hash \`${manifest.hash}\`; the whole record stands in \`manifest.json\`.`,
    ...(replay ? [`- Replay, left out: ${droppedTexts(replay)}. Its licence is that of its source.`] : []),
    ...(left_out && left_out.leak > 0
      ? [`- ${count(left_out.leak)} samples that tell an evaluation question were left out.`]
      : []),
    '- The texts were written by a language model from documents of the project; their licence follows from those.',
    '',
    '## Load',
    '',
    '```python',
    'from datasets import load_dataset',
    '',
    'rows = load_dataset("path/to/this/folder", split="train")',
    '```',
    '',
  ].join('\n');
}

/** Why texts of a replay source were left out, in words; for a set of before the gate, what is known of it. */
export function droppedTexts(replay: Pick<NonNullable<DatasetManifest['replay']>, keyof Dropped>): string {
  const { dropped_duplicates, dropped_leaks, dropped_control_tokens, evaluation_questions } = replay;
  return [
    `${count(dropped_duplicates)} texts that repeat the corpus or each other`,
    ...(dropped_leaks === undefined
      ? ['not looked at for evaluation questions']
      : [`${count(dropped_leaks)} that tell one of ${count(evaluation_questions ?? 0)} evaluation questions`]),
    ...(dropped_control_tokens ? [`${count(dropped_control_tokens)} with a control token of the student`] : []),
  ].join(', ');
}

const count = (value: number): string => value.toLocaleString('en-US');
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Names come from disk: nothing in them opens a cell, a line or a tag. */
function cell(text: string): string {
  return text.replace(/[\r\n|<>`]+/g, ' ').slice(0, 200);
}

function sizeCategory(rows: number): string {
  const names = ['n<1K', '1K<n<10K', '10K<n<100K', '100K<n<1M', '1M<n<10M', '10M<n<100M'];
  return names[Math.max(0, Math.min(names.length - 1, Math.floor(Math.log10(Math.max(1, rows))) - 2))] ?? 'n<1K';
}
