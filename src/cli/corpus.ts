import { openProjectCorpus } from '../engine/generate/projectCorpus.ts';
import type { Project } from '../engine/project/index.ts';
import { Exit, number, oneLine, type Terminal } from './terminal.ts';

/** `corpus`: every document with its tokens, every file that cannot be read with its reason. */
export async function corpusVerb(terminal: Terminal, project: Project): Promise<Exit> {
  const { corpus, counter } = await openProjectCorpus(project, {
    onProgress: (at) =>
      terminal.progress(`${at.phase === 'read' ? `Reading ${at.path}` : 'Counting tokens'} ${at.done}/${at.total}`),
  });
  terminal.endProgress();
  await counter.close();
  for (const document of corpus.documents) terminal.record(document);
  for (const file of corpus.unreadable) terminal.record({ ...file, unreadable: true });
  if (terminal.json) return Exit.done;
  const label = corpus.tokens.exact ? `tokens of ${corpus.tokens.by}` : `tokens, ${corpus.tokens.by}`;
  terminal.table([
    ['document', 'title', 'tokens', 'windows'],
    ...corpus.documents.map((document) => [
      document.id,
      oneLine(document.title, 50),
      number.format(document.tokens.tokens),
      String(document.windows),
    ]),
  ]);
  terminal.say(`${number.format(corpus.documents.length)} documents, ${number.format(corpus.tokens.tokens)} ${label}`);
  if (corpus.unreadable.length > 0) {
    terminal.say(`\n${corpus.unreadable.length} cannot be read:`);
    for (const file of corpus.unreadable) terminal.say(`  ${file.path}: ${file.reason}. ${file.message}`);
  }
  return Exit.done;
}
