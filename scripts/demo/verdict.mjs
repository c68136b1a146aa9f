// The demo's second half: what the base model answers and, with --train, what the model trained here answers.

/**
 * The base model closed-book and with RAG: short answers, greedy, through the built-in server.
 * @param run a verb of the command line in the demo project; ends the demo when the verb fails
 */
export async function baseVerdict(run) {
  console.log('\nThe base model, closed-book and with RAG (BM25, three passages), on 68 hand-written questions');
  await run(['index', '--yes']);
  const cells = ['--setting', 'closed_book', '--setting', 'rag', '--scoring', 'generate'];
  await run(['evaluate', '--benchmark', 'osmerrow', '--model', 'endpoint:builtin', ...cells, '--yes']);
  console.log(
    '\nNext: npm run demo -- --train trains the model on its own samples and asks both, in about a quarter of an hour.',
  );
}

/**
 * The whole loop: mixes, trains, and asks base and trained model on one engine, as `smt experiment` plans it. Run again,
 * it goes on with what is missing.
 */
export async function trainedVerdict(run) {
  console.log(
    '\nMixing, training and four cells through the worker (Ctrl-C leaves a checkpoint, run again to continue)',
  );
  await run(['index', '--yes']);
  await run(['experiment', '--yes']);
  await run(['report']);
  console.log(
    [
      '',
      'What this shows: the loop works end to end on this machine, with real weights, real training and real answers.',
      'What it cannot show: that mixing beats its parts, or anything about the paper. The model has 135 million',
      'parameters and writes its own samples; there is one training seed and a few thousand tokens. Much of a gain in',
      'choices is familiarity with the words of the corpus: read it beside the control that never sees the question.',
      'Short answers are the cleaner evidence. General ability usually falls: see the general panel.',
    ].join('\n'),
  );
}
