import picomatch from 'picomatch';

/** True where no globs narrow the scope, or one matches the document id, its file, or names it exactly. */
export function matchesAny(globs: readonly string[], documentId: string): boolean {
  if (globs.length === 0 || globs.includes(documentId)) return true;
  const [file = documentId] = documentId.split('#');
  return globs.some((glob) => picomatch.isMatch(documentId, glob) || glob === file || picomatch.isMatch(file, glob));
}
