import type { CompletionLine } from '../../../contract/completion.ts';
import { CompletionLog, RequestStore } from '../../llm/index.ts';
import type { ProjectPaths } from '../../project/index.ts';
import { promptOf } from '../../samples/index.ts';

/** Prompts and answers of a project's evaluations, open for an export. */
export class AnswerLogs {
  private constructor(
    private readonly completions: CompletionLog,
    private readonly requests: RequestStore,
  ) {}

  static async open({ evaluation }: ProjectPaths): Promise<AnswerLogs> {
    return new AnswerLogs(
      await CompletionLog.open(evaluation.completions),
      await RequestStore.open(evaluation.requests),
    );
  }

  completion(request: string): Promise<CompletionLine | undefined> {
    return this.completions.read(request);
  }

  /** One message as its text, several as the JSON of them. */
  async prompt(request: string): Promise<string | undefined> {
    const line = await this.requests.request(request).catch(() => undefined);
    const messages = line && (await promptOf(line, this.requests));
    if (!messages) return undefined;
    const [only, ...others] = messages;
    return others.length === 0 ? only?.content : JSON.stringify(messages);
  }

  async close(): Promise<void> {
    await Promise.all([this.completions.close(), this.requests.close()]);
  }
}
