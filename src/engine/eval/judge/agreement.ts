import { seeded } from '../../synth/plan/random.ts';

/** A person's label and the judge's verdict on one answer; `cluster` is the question both are about. */
export interface LabelledVerdict {
  label: boolean;
  verdict: boolean;
  cluster: string;
}

export interface Agreement {
  n: number;
  /** Share of answers on which both agree. */
  agreement: number;
  /** Cohen's κ for correct versus rest; null where both always say the same one thing. */
  kappa: number | null;
  /** 95 % percentile interval of a bootstrap over questions; null where too few. */
  kappa_ci95: [number, number] | null;
  /** Counts: [person right, judge right], [person right, judge wrong], [person wrong, judge right], [both wrong]. */
  table: Table;
}

type Table = [both: number, missed: number, invented: number, neither: number];

const RESAMPLES = 2000;

/**
 * Agreement and Cohen's κ = (p_o − p_e) / (1 − p_e) (Cohen 1960), with an interval that resamples questions: answers of
 * several models to one question are not independent.
 */
export function agreementOf(verdicts: readonly LabelledVerdict[], seed = 0): Agreement {
  const clusters = new Map<string, Table>();
  for (const { label, verdict, cluster } of verdicts) {
    const table: Table = clusters.get(cluster) ?? [0, 0, 0, 0];
    const cell = (label ? 0 : 2) + (verdict ? 0 : 1);
    table[cell] = (table[cell] ?? 0) + 1;
    clusters.set(cluster, table);
  }
  const tables = [...clusters.values()];
  const table = sum(tables);
  const n = verdicts.length;
  const random = seeded('kappa', seed);
  const draws: number[] = [];
  for (let draw = 0; tables.length >= 5 && draw < RESAMPLES; draw++) {
    const drawn = tables.map((): Table => tables[Math.floor(random() * tables.length)] ?? [0, 0, 0, 0]);
    const kappa = kappaOf(sum(drawn));
    if (kappa !== null) draws.push(kappa);
  }
  draws.sort((a, b) => a - b);
  const at = (share: number) => draws[Math.min(draws.length - 1, Math.floor(share * draws.length))] ?? 0;
  return {
    n,
    agreement: n === 0 ? 0 : (table[0] + table[3]) / n,
    kappa: kappaOf(table),
    kappa_ci95: draws.length < RESAMPLES / 2 ? null : [at(0.025), at(0.975)],
    table,
  };
}

export function kappaOf([both, missed, invented, neither]: Readonly<Table>): number | null {
  const n = both + missed + invented + neither;
  if (n === 0) return null;
  const observed = (both + neither) / n;
  const [person, judge] = [(both + missed) / n, (both + invented) / n];
  const expected = person * judge + (1 - person) * (1 - judge);
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

function sum(tables: readonly Readonly<Table>[]): Table {
  const total: Table = [0, 0, 0, 0];
  for (const [a, b, c, d] of tables) {
    total[0] += a;
    total[1] += b;
    total[2] += c;
    total[3] += d;
  }
  return total;
}
