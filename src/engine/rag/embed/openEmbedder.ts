import type { EmbedderSettings } from '../../../contract/retrieval.ts';
import type { SetUpProgress } from '../../llm/builtin/index.ts';
import { MODEL_NAME } from './builtin/setUp.ts';
import type { Embedder } from './embedder.ts';

export interface OpenEmbedderOptions {
  keys: Readonly<Record<string, string>>;
  /** Whether the built-in embedder may be downloaded. */
  setUp: boolean;
  onProgress?: (progress: SetUpProgress) => void;
  signal?: AbortSignal;
}

/** The embedder of the settings, ready to use; undefined for `none`. @throws RetrievalProblem, BuiltinProblem */
export async function openEmbedder(
  settings: EmbedderSettings,
  options: OpenEmbedderOptions,
): Promise<Embedder | undefined> {
  switch (settings.endpoint) {
    case 'none':
      return undefined;
    case 'builtin': {
      const { openBuiltinEmbedder } = await import('./builtin/builtinEmbedder.ts');
      return openBuiltinEmbedder(options);
    }
    default: {
      const { openEndpointEmbedder } = await import('./endpointEmbedder.ts');
      return openEndpointEmbedder({
        endpoint: settings.endpoint,
        model: settings.model,
        keys: options.keys,
        queryPrefix: settings.query_prefix,
        sends: 'the text of all chunks and the questions',
      });
    }
  }
}

/**
 * Identity of an embedder's vectors as far as the settings tell it; undefined where only the server knows its model.
 * Null: no embedder.
 */
export function embedderId(settings: EmbedderSettings, registryModel: string | undefined): string | null | undefined {
  if (settings.endpoint === 'none') return null;
  if (settings.endpoint === 'builtin') return `builtin/${MODEL_NAME}`;
  return settings.model ?? registryModel;
}
