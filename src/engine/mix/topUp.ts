import type { MixtureShortfall } from '../../contract/dataset.ts';
import { CompletionLog, RequestStore } from '../llm/index.ts';
import type { Project } from '../project/index.ts';
import type { Part } from './parts.ts';
import { methodKinds } from './parts.ts';

/** Accepted tokens by method, as they would stand in rows. */
export type AcceptedTokens = ReadonlyMap<string, number>;

/**
 * Fills in how many more requests a part needs: what it lacks over the accepted tokens that one answered request of its
 * methods gave so far, in this project. Null where nothing was answered yet.
 *
 * @param accepted per part
 */
export async function withRequests(
  shortfall: MixtureShortfall,
  parts: readonly Part[],
  accepted: readonly AcceptedTokens[],
  projects: readonly Project[],
): Promise<MixtureShortfall> {
  const answered = new Map<string, Promise<ReadonlyMap<string, number>>>();
  const answeredIn = (project: Project) => {
    const known = answered.get(project.root) ?? answeredRequests(project);
    answered.set(project.root, known);
    return known;
  };
  const kinds = methodKinds();
  const filled = shortfall.parts.map(async (lacking) => {
    const index = parts.findIndex(({ label }) => label === lacking.label);
    const [part, project, tokens] = [parts[index], projects[index], accepted[index]];
    if (!part || !project || !tokens) return lacking;
    const requests = await answeredIn(project);
    const methods =
      part.methods.length > 0
        ? part.methods
        : [...requests.keys()].filter((method) => (kinds.get(method) ?? part.kind) === part.kind);
    const sum = (of: ReadonlyMap<string, number>) => methods.reduce((all, method) => all + (of.get(method) ?? 0), 0);
    const each = sum(tokens) / sum(requests);
    return {
      ...lacking,
      methods: [...(lacking.methods.length > 0 ? lacking.methods : methods)],
      requests: each > 0 && Number.isFinite(each) ? Math.ceil(lacking.lacking_tokens / each) : null,
    };
  });
  return { ...shortfall, parts: await Promise.all(filled) };
}

/** Answered requests by method, all stages: what the accepted tokens were paid with. */
async function answeredRequests({ paths }: Project): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const log = await CompletionLog.open(paths.completions);
  try {
    const requests = await RequestStore.open(paths.requests);
    try {
      for await (const lines of requests.scan()) {
        for (const { id, method } of lines) {
          if (log.state(id) === undefined) continue;
          counts.set(method, (counts.get(method) ?? 0) + 1);
        }
      }
    } finally {
      await requests.close();
    }
  } finally {
    await log.close();
  }
  return counts;
}

const number = new Intl.NumberFormat('en-US');

/** The shortfall for a person: what is missing, and the commands that make exactly that. */
export function shortfallText({ asked_tokens, possible_tokens, parts }: MixtureShortfall): string {
  const lines = parts.map(({ label, lacking_tokens, requests, methods }) => {
    const about = requests === null ? '' : `, about ${number.format(requests)} more requests`;
    const limit = requests === null ? '' : ` --limit ${requests}`;
    const method = methods.length > 0 ? ` --method ${methods.join(',')}` : '';
    return `  ${label}: ${number.format(lacking_tokens)} tokens${about}: smt generate${method}${limit}`;
  });
  return [
    `There are too few accepted samples for ${number.format(asked_tokens)} tokens. Nothing is repeated to fill it up. Missing:`,
    ...lines,
    `Where the plan has no more requests, raise the method's number in smt.yaml (questions_per_window, documents_per_window …).`,
    possible_tokens > 0
      ? `The samples there are allow ${number.format(possible_tokens)} tokens: smt mix NAME --tokens ${possible_tokens}`
      : 'The samples there are allow no mixture yet.',
  ].join('\n');
}
