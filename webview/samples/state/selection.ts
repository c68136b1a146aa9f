/**
 * Which samples the next action applies to, as in every list of VS Code: one active row (the one that is shown in
 * detail), and the selected ones, which a range or single rows can extend. Rows are ids at positions; rows that are not
 * loaded yet are known by position only, so a range over them is completed by asking for their ids.
 */
export interface Selection {
  readonly active: { readonly id: string; readonly index: number } | null;
  /** Where a range started. */
  readonly anchor: number | null;
  readonly ids: ReadonlySet<string>;
}

export const nothingSelected: Selection = { active: null, anchor: null, ids: new Set() };

export type IdAt = (index: number) => string | undefined;

/** A plain click or a plain move: this row alone. */
export function selectOne(index: number, id: string): Selection {
  return { active: { id, index }, anchor: index, ids: new Set([id]) };
}

/** Ctrl+click or Space: this row in or out, the others stay. */
export function toggleOne(selection: Selection, index: number, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { active: { id, index }, anchor: index, ids };
}

/** Shift+click or Shift+arrow: everything from the anchor to here. `ids` are those of `range(selection, index)`. */
export function selectRange(selection: Selection, index: number, id: string, ids: readonly string[]): Selection {
  return { active: { id, index }, anchor: selection.anchor ?? index, ids: new Set(ids) };
}

/** First and last position of the range that Shift extends to. */
export function range(selection: Selection, index: number): { first: number; last: number } {
  const anchor = selection.anchor ?? index;
  return { first: Math.min(anchor, index), last: Math.max(anchor, index) };
}

export function selectAll(selection: Selection, ids: readonly string[]): Selection {
  return { ...selection, ids: new Set(ids) };
}

/** Escape: back to the active row alone. */
export function onlyActive(selection: Selection): Selection {
  return selection.active === null ? nothingSelected : selectOne(selection.active.index, selection.active.id);
}

/** What an action applies to: the selected rows, the active one first. */
export function targets(selection: Selection): string[] {
  const ids = [...selection.ids];
  const active = selection.active?.id;
  if (active === undefined) return ids;
  return selection.ids.has(active) ? [active, ...ids.filter((id) => id !== active)] : ids.length > 0 ? ids : [active];
}

/**
 * After the list was loaded again: the active row stays where its sample is now, or, when the sample is gone (it no
 * longer passes the filter), at the same position, so that the next one moves up under the person's eyes.
 */
export function afterReload(
  selection: Selection,
  found: (id: string) => number | undefined,
  idAt: IdAt,
  total: number,
): Selection {
  if (selection.active === null) return selection;
  const moved = found(selection.active.id);
  if (moved !== undefined) {
    const shift = moved - selection.active.index;
    const anchor = selection.anchor === null ? null : Math.max(0, selection.anchor + shift);
    return { ...selection, active: { id: selection.active.id, index: moved }, anchor };
  }
  if (total === 0) return nothingSelected;
  const index = Math.min(selection.active.index, total - 1);
  const id = idAt(index);
  // A row that is not loaded says nothing about its sample.
  return id === undefined ? selection : selectOne(index, id);
}
