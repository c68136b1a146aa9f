/** An id the registry allows and does not have yet. Pure. */
export function freeEndpointId(name: string, taken: ReadonlySet<string>): string {
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 36) || 'endpoint';
  let id = base;
  for (let at = 2; taken.has(id) || id === 'builtin'; at++) id = `${base}-${at}`;
  return id;
}
