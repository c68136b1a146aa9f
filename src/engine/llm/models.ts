export type ModelList = { ok: true; models: string[] } | { ok: false; status: number | null; message: string };

/**
 * Asks an OpenAI-compatible server which models it serves (`GET {baseUrl}/models`). Redirects are not followed:
 * the key goes to the origin it was stored for and nowhere else.
 */
export async function listModels(baseUrl: string, key?: string, timeoutMs = 5000): Promise<ModelList> {
  const url = `${baseUrl.replace(/\/+$/, '')}/models`;
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const statusCode = response.status;
    if (statusCode >= 300 && statusCode < 400) {
      await response.body?.cancel();
      const target = response.headers.get('location') ?? 'an unknown place';
      return {
        ok: false,
        status: statusCode,
        message: `${url} redirects to ${target}. Redirects are not followed; if that is right, use it as base_url.`,
      };
    }
    const text = await response.text();
    if (statusCode === 401 || statusCode === 403) {
      return {
        ok: false,
        status: statusCode,
        message: key ? 'The server refused the key.' : 'The server asks for a key.',
      };
    }
    if (statusCode !== 200) return { ok: false, status: statusCode, message: `${url} answered ${statusCode}.` };
    const models = modelIds(text);
    return models
      ? { ok: true, models }
      : { ok: false, status: statusCode, message: `${url} did not answer with a list of models.` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    return { ok: false, status: null, message: `Nothing answered at ${url}: ${reason}.` };
  }
}

function modelIds(text: string): string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!parsed || typeof parsed !== 'object' || !('data' in parsed) || !Array.isArray(parsed.data)) return undefined;
  return parsed.data.flatMap((model: unknown) =>
    model && typeof model === 'object' && 'id' in model && typeof model.id === 'string' ? [model.id] : [],
  );
}
