import type { RerankerSettings } from '../../../contract/retrieval.ts';
import { EndpointClient } from '../endpointClient.ts';
import { judgeReranker } from './judgeReranker.ts';
import type { Reranker } from './reranker.ts';
import { scoringReranker } from './scoringReranker.ts';

/** The reranker of the settings; undefined for `none`. @throws RetrievalProblem */
export async function openReranker(
  settings: RerankerSettings,
  keys: Readonly<Record<string, string>>,
): Promise<Reranker | undefined> {
  if (settings.endpoint === 'none') return undefined;
  const client = await EndpointClient.open({
    endpoint: settings.endpoint,
    model: settings.model,
    keys,
    sends: 'questions and found passages',
  });
  return settings.api === 'judge' ? judgeReranker(client) : scoringReranker(client, settings.api);
}
