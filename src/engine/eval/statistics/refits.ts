/** Lines through resampled accuracies: the x stay, so a refit is a few products. */
export interface Refits {
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** Resampled accuracy with retrieval, of the same draws. */
  readonly rag: Float64Array | undefined;
}

export function refit(x: readonly number[], means: readonly Float64Array[]): Refits {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const xx = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const draws = means[0]?.length ?? 0;
  const a = new Float64Array(draws);
  const b = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let xy = 0;
    let total = 0;
    x.forEach((value, point) => {
      const accuracy = means[point]?.[draw] ?? 0;
      xy += (value - meanX) * accuracy;
      total += accuracy;
    });
    const slope = xy / xx;
    b[draw] = slope;
    a[draw] = total / x.length - slope * meanX;
  }
  return { a, b, rag: means[x.length] };
}
