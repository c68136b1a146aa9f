import type { ResultCell } from '../../../contract/results.ts';

type Asked = Pick<ResultCell, 'benchmark' | 'model' | 'model_name' | 'setting' | 'scoring'>;

/** Cells that are named one by one before a note; more are named by what they have in common. */
const NAMED = 2;

const settings = { closed_book: 'closed-book', rag: 'with RAG', gold: 'with the gold passage' } as const;

/** What cells can have in common, in the order in which a class is looked for. */
const TRAITS: readonly { of: (cell: Asked) => string; said: (values: readonly string[]) => string }[] = [
  { of: ({ scoring }) => scoring.replaceAll('_', ' '), said: (values) => `scored by ${any(values)}` },
  { of: ({ setting }) => settings[setting], said: any },
  { of: ({ benchmark }) => benchmark, said: (values) => `on ${any(values)}` },
  { of: (cell) => cell.model_name ?? cell.model, said: (values) => `of ${any(values)}` },
];

function any(values: readonly string[]): string {
  return values.join(' or ');
}

/** What is said of cells: each note once, after the class of cells it is about; notes of one class on one line. */
export function cellNotes<Cell extends Asked>(cells: readonly Cell[], of: (cell: Cell) => readonly string[]): string[] {
  const about = new Map<string, Cell[]>();
  for (const cell of cells) for (const note of of(cell)) about.set(note, [...(about.get(note) ?? []), cell]);
  const said = new Map<string, string[]>();
  for (const [note, own] of about) {
    const name = classOf(own, cells);
    said.set(name, [...(said.get(name) ?? []), note]);
  }
  return [...said].map(([name, notes]) => `${name === '' ? '' : `${name}: `}${notes.join(' ')}`);
}

/** `6 cells scored by generate`; empty where it is all of them. */
function classOf(own: readonly Asked[], all: readonly Asked[]): string {
  if (own.length === all.length) return '';
  if (own.length <= NAMED) return own.map(nameOf).join('; ');
  const traits = smallestTraits(own, all);
  return [`${own.length} cells`, ...traits.map(({ of, said }) => said([...new Set(own.map(of))]))].join(' ');
}

/** The fewest traits that only these cells share; all traits where the class has no better name. */
function smallestTraits(own: readonly Asked[], all: readonly Asked[]): readonly (typeof TRAITS)[number][] {
  const subsets = Array.from({ length: 2 ** TRAITS.length - 1 }, (_, bits) =>
    TRAITS.filter((_, at) => ((bits + 1) >> at) & 1),
  ).toSorted((one, other) => one.length - other.length);
  const fits = (traits: readonly (typeof TRAITS)[number][]) => {
    const values = traits.map(({ of }) => new Set(own.map(of)));
    return all.filter((cell) => traits.every(({ of }, at) => values[at]?.has(of(cell)))).length === own.length;
  };
  return subsets.find(fits) ?? TRAITS;
}

function nameOf(cell: Asked): string {
  const [scoring, setting, benchmark, model] = TRAITS.map(({ of }) => of(cell));
  return `${benchmark}, ${model} ${setting}, ${scoring}`;
}
