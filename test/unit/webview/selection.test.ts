import { describe, expect, it } from 'vitest';
import {
  afterReload,
  nothingSelected,
  onlyActive,
  range,
  selectAll,
  selectOne,
  selectRange,
  targets,
  toggleOne,
} from '../../../webview/samples/state/selection.ts';

const rows = ['a', 'b', 'c', 'd', 'e'];
const idAt = (index: number) => rows[index];
const find = (list: readonly string[]) => (id: string) => {
  const at = list.indexOf(id);
  return at < 0 ? undefined : at;
};

describe('selecting samples', () => {
  it('a click selects one, Ctrl+click adds and takes away, an action applies to all of them', () => {
    let selection = selectOne(1, 'b');
    selection = toggleOne(selection, 3, 'd');
    expect(targets(selection)).toEqual(['d', 'b']);
    selection = toggleOne(selection, 1, 'b');
    expect(targets(selection)).toEqual(['d']);
  });

  it('Shift extends from where the range began, in both directions', () => {
    const start = selectOne(2, 'c');
    const down = selectRange(start, 4, 'e', rows.slice(2, 5));
    expect(range(down, 4)).toEqual({ first: 2, last: 4 });
    expect(range(down, 0)).toEqual({ first: 0, last: 2 });
    expect([...down.ids]).toEqual(['c', 'd', 'e']);
  });

  it('Escape leaves the active one, and with nothing active nothing', () => {
    expect(targets(onlyActive(selectAll(selectOne(1, 'b'), rows)))).toEqual(['b']);
    expect(onlyActive(nothingSelected)).toEqual(nothingSelected);
  });

  it('an action applies to the active row when none is selected', () => {
    expect(targets(toggleOne(selectOne(1, 'b'), 1, 'b'))).toEqual(['b']);
  });
});

describe('the selection after the list was loaded again', () => {
  it('follows its sample to its new position, with the anchor of a range', () => {
    const selection = selectRange(selectOne(1, 'b'), 2, 'c', ['b', 'c']);
    const now = ['x', 'y', ...rows];
    const next = afterReload(selection, find(now), (index) => now[index], now.length);
    expect(next.active).toEqual({ id: 'c', index: 4 });
    expect(next.anchor).toBe(3);
    expect([...next.ids]).toEqual(['b', 'c']);
  });

  it('takes the sample that moved up when the active one is gone', () => {
    const now = ['a', 'c', 'd', 'e'];
    const next = afterReload(selectOne(1, 'b'), find(now), (index) => now[index], now.length);
    expect(next.active).toEqual({ id: 'c', index: 1 });
    expect(targets(next)).toEqual(['c']);
  });

  it('takes the new last one when the last one is gone, and none of an empty list', () => {
    expect(afterReload(selectOne(4, 'e'), () => undefined, idAt, 4).active).toEqual({ id: 'd', index: 3 });
    expect(
      afterReload(
        selectOne(4, 'e'),
        () => undefined,
        () => undefined,
        0,
      ),
    ).toEqual(nothingSelected);
  });

  it('stays as it is when its row is not loaded: that says nothing about its sample', () => {
    const selection = selectOne(900, 'far');
    expect(
      afterReload(
        selection,
        () => undefined,
        () => undefined,
        1000,
      ),
    ).toBe(selection);
  });
});
