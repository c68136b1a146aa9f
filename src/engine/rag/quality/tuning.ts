import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RetrievalQuality, type RetrievalSettings, Tuning } from '../../../contract/retrieval.ts';
import { writeAtomically } from '../../jobs/index.ts';
import type { Project } from '../../project/index.ts';
import { retrievalFolder } from '../store/manifest.ts';

const fileOf = (project: Project): string => join(retrievalFolder(project.paths), 'tuning.json');

/** Null: nothing was tuned yet, or by a version that wrote something else. */
export async function readTuning(project: Project): Promise<Tuning | null> {
  try {
    return Tuning.safeParse(JSON.parse(await readFile(fileOf(project), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

export async function writeTuning(project: Project, rows: readonly RetrievalQuality[]): Promise<void> {
  await mkdir(retrievalFolder(project.paths), { recursive: true });
  const tuning: Tuning = { v: 1, measured: Date.now() / 1000, rows: [...rows] };
  await writeAtomically(fileOf(project), JSON.stringify(tuning));
}

/** What a person does with a sweep: the best setting of each benchmark beside smt.yaml's, with interval and n. */
export function tuningText(rows: readonly RetrievalQuality[], base: RetrievalSettings): string {
  const texts = [...new Set(rows.map(({ benchmark }) => benchmark))].map((benchmark) => {
    const tried = rows.filter((row) => row.benchmark === benchmark);
    const k = cutoff(tried, base.top_k);
    const value = ({ recall }: RetrievalQuality) => recall[k]?.value ?? 0;
    const best = tried.toSorted((one, other) => value(other) - value(one) || other.mrr - one.mrr)[0];
    const now = tried.find(
      ({ settings: { chunk_size, chunk_unit, mode } }) =>
        chunk_size === base.chunk_size && chunk_unit === base.chunk_unit && mode === base.mode,
    );
    if (!best) return '';
    const beside = now === undefined ? '' : `; smt.yaml now: ${setting(now)} ${share(now, k)}`;
    const known = now === best ? ', as smt.yaml has it' : beside;
    return `${benchmark}, recall@${k} over ${best.questions} questions of the dev split: best ${setting(best)} ${share(best, k)}${known}`;
  });
  return `${texts.join('. ')}. Where intervals overlap there is no clear winner.`;
}

/** The largest cut-off of the rows that a prompt holds. */
function cutoff(rows: readonly RetrievalQuality[], most: number): string {
  const known = Object.keys(rows[0]?.recall ?? {}).map(Number);
  return String(Math.max(...known.filter((k) => k <= most), Math.min(...known)));
}

const setting = ({ settings: { chunk_size, chunk_unit, mode } }: RetrievalQuality): string =>
  `${chunk_size.toLocaleString('en')} ${chunk_unit}, ${mode}:`;

function share({ recall }: RetrievalQuality, k: string): string {
  const found = recall[k];
  if (!found) return 'not measured';
  const percent = (value: number) => (100 * value).toFixed(0);
  const interval = found.ci95 ? `${percent(found.ci95[0])}–${percent(found.ci95[1])}` : 'no interval: one document';
  return `${percent(found.value)} % (${interval})`;
}
