/** Scores passages against a question; higher is better, comparable within one question. */
export interface Reranker {
  /** Identity of the scores: API and model. */
  readonly id: string;
  readonly label: string;
  /** One score a passage, in order. @throws RetrievalProblem, AbortError */
  score(question: string, passages: readonly string[], signal?: AbortSignal): Promise<number[]>;
  close(): Promise<void>;
}

/** Runs `work` on pieces of at most `size`, `parallel` at a time, and joins the answers in order. */
export async function inPieces<In, Out>(
  all: readonly In[],
  { size, parallel }: { size: number; parallel: number },
  work: (piece: readonly In[]) => Promise<Out[]>,
): Promise<Out[]> {
  const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
  const answers: Out[][] = [];
  let next = 0;
  const lane = async () => {
    for (let mine = next++; mine < pieces.length; mine = next++) answers[mine] = await work(pieces[mine] ?? []);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, pieces.length) }, lane));
  return answers.flat();
}
