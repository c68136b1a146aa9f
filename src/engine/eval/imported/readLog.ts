import { basename } from 'node:path';
import { isInspect, readInspect } from './inspectLog.ts';
import { isLmEval, readLmEval } from './lmEval.ts';
import { LogProblem, parseJson, type ReadLog } from './logFile.ts';

/** A log of either program. @throws LogProblem: it is neither, or malformed */
export async function readLog(path: string, bytes: Buffer, samples: readonly string[]): Promise<ReadLog> {
  const file = basename(path);
  const value = parseJson(bytes.toString('utf8'), file);
  if (!isInspect(value) && !isLmEval(value)) {
    throw new LogProblem({
      file,
      message: 'is neither a results file of lm-evaluation-harness (no “results”) nor an Inspect log (no “eval”)',
      hint: 'Choose results_….json as “lm_eval --output_path” writes it, or a log of “inspect eval --log-format json”.',
    });
  }
  const read = isInspect(value) ? readInspect(path, value) : await readLmEval(path, value, samples);
  if (read.figures.length === 0) {
    const left = read.left_out.length === 0 ? '' : `; it has ${read.left_out.slice(0, 5).join(', ')}`;
    throw new LogProblem({ file, message: `has no accuracy from 0 to 1${left}` });
  }
  return read;
}
