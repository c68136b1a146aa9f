/**
 * Shares out a limit over stages: one each in turn, in plan order, until the limit or what is wanted is used up. So a
 * small limit still reaches every stage: questions, strategies, documents, rewrites. `[stages]` in, `[stages]` out.
 */
export function shareOut(limit: number, wanted: readonly number[]): number[] {
  const shares = wanted.map(() => 0);
  let left = limit;
  for (let given = true; given && left > 0; ) {
    given = false;
    for (const [index, most] of wanted.entries()) {
      const share = shares[index] ?? 0;
      if (left === 0 || share >= most) continue;
      shares[index] = share + 1;
      left--;
      given = true;
    }
  }
  return shares;
}

/**
 * The documents of a preview, spread over document length: `[documents]` sizes in, indices out in plan order. As many
 * as the limit can serve with one request a stage, at least one.
 */
export function previewDocuments(sizes: readonly number[], limit: number, stages: number): number[] {
  const count = Math.min(sizes.length, Math.max(1, Math.floor(limit / Math.max(1, stages))));
  const bySize = sizes.map((size, index) => ({ size, index })).sort((a, b) => a.size - b.size || a.index - b.index);
  const chosen = Array.from({ length: count }, (_, index) => {
    const at = Math.min(bySize.length - 1, Math.floor(((index + 0.5) / count) * bySize.length));
    return bySize[at]?.index ?? 0;
  });
  return [...new Set(chosen)].sort((a, b) => a - b);
}
