/** A document id as a glob that matches exactly it: file names may hold brackets, braces and stars. Pure. */
export function escapeGlob(id: string): string {
  return id.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}
