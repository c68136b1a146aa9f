/**
 * Spreads `total` requests over documents: each gets at least one until they run out, taken evenly from beginning to
 * end, so that a folder's preview is not of its first file only. Pure.
 */
export function spread<Document>(
  documents: readonly Document[],
  total: number,
): { document: Document; count: number }[] {
  const chosen = Math.min(documents.length, total);
  return Array.from({ length: chosen }, (_, at) => {
    const document = documents[Math.floor((at * documents.length) / chosen)];
    const count = Math.floor(((at + 1) * total) / chosen) - Math.floor((at * total) / chosen);
    return document === undefined ? [] : [{ document, count }];
  }).flat();
}
