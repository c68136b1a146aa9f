// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { type ChartSeries, nearest, stops, xExtent, yDomain } from '../../../webview/charts/chartSeries.ts';
import { spread } from '../../../webview/charts/chartTable.ts';
import { csvText, seriesCsv } from '../../../webview/charts/exportChart.ts';
import { clock, figure, percentage } from '../../../webview/charts/figures.ts';
import { LOOKS, look, slots } from '../../../webview/charts/look.ts';
import { padded, scale } from '../../../webview/charts/scale.ts';
import { bandPath, linePath } from '../../../webview/charts/shapes.ts';
import { clockTicks, linearTicks, logTicks } from '../../../webview/charts/ticks.ts';
import { meant, zoomed } from '../../../webview/charts/zoom.ts';

const series = (points: ChartSeries['points'], draw?: ChartSeries['draw']): ChartSeries => ({
  id: 'a',
  label: 'a',
  look: look(0),
  points,
  ...(draw ? { draw } : {}),
});

describe('marks of an axis', () => {
  it('are round and inside, about as many as asked for', () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(1.234, 1.61, 4)).toEqual([1.3, 1.4, 1.5, 1.6]);
    expect(linearTicks(0, 29_000, 6)).toEqual([0, 5000, 10_000, 15_000, 20_000, 25_000]);
    expect(linearTicks(3, 3, 5)).toEqual([3]);
  });

  it('of a log axis are powers of ten, closer where there is room', () => {
    expect(logTicks(1, 1000, 3)).toEqual([1, 10, 100, 1000]);
    expect(logTicks(10, 1000, 6)).toEqual([10, 20, 50, 100, 200, 500, 1000]);
    expect(logTicks(1, 1e12, 4)).toEqual([1, 1e3, 1e6, 1e9, 1e12]);
  });

  it('of time are steps that a clock has', () => {
    expect(clockTicks(0, 600, 5)).toEqual([0, 120, 240, 360, 480, 600]);
    expect(clockTicks(0, 7200, 4)).toEqual([0, 1800, 3600, 5400, 7200]);
    expect(clockTicks(0, 2, 4)).toEqual([0, 0.5, 1, 1.5, 2]);
  });
});

describe('a scale', () => {
  it('goes from values to pixels and back', () => {
    for (const kind of ['linear', 'log'] as const) {
      const x = scale(kind, [2, 50], [10, 400]);
      expect([x.at(2), x.at(50)]).toEqual([10, 400]);
      for (const value of [2, 3.7, 31, 50]) expect(x.back(x.at(value))).toBeCloseTo(value, 9);
    }
  });

  it('cannot show what a logarithm does not have', () => {
    expect(scale('log', [1, 10], [0, 1]).at(0)).toBeNaN();
  });

  it('has room around its values, also when they are all one', () => {
    expect(padded([5, 5], 'linear')).toEqual([4.5, 5.5]);
    expect(padded([0, 0], 'linear')).toEqual([-1, 1]);
    const [low, high] = padded([10, 1000], 'log');
    expect([low < 10, high > 1000, low > 0]).toEqual([true, true, true]);
  });
});

describe('what is drawn', () => {
  const x = scale('linear', [0, 10], [0, 100]);
  const y = scale('linear', [0, 10], [100, 0]);

  it('is a line with a gap where a value is missing', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 1, y: 10 },
      { x: 2, y: null },
      { x: 3, y: 5 },
    ];
    expect(linePath(points, x, y)).toBe('M0 100L10 0M30 50');
  });

  it('has the interval as an area around it, and none where there is none', () => {
    const points = [
      { x: 0, y: 5, low: 4, high: 6 },
      { x: 10, y: 5, low: 3, high: 7 },
    ];
    expect(bandPath(points, x, y)).toBe('M0 40L100 30L100 70L0 60Z');
    expect(bandPath([{ x: 0, y: 5 }], x, y)).toBe('');
  });

  it('takes the y axis from what is inside the zoom, intervals and level lines included', () => {
    const curve = series([
      { x: 0, y: 100 },
      { x: 5, y: 1, low: 0.5, high: 2 },
      { x: 6, y: 1 },
    ]);
    const [low, high] = yDomain([curve], [4, 7], 'linear', false) ?? [];
    expect([low, high]).toEqual([0.5 - 1.5 * 0.06, 2 + 1.5 * 0.06]);
    const level = series([{ x: 0, y: 9 }], 'level');
    expect((yDomain([curve, level], [4, 7], 'linear', false) ?? [])[1]).toBeGreaterThan(9);
    expect(yDomain([curve], [4, 7], 'linear', true)?.[0]).toBe(0);
    expect(yDomain([], [0, 1], 'linear', false)).toBeUndefined();
    expect(xExtent([level], 'linear')).toBeUndefined();
  });

  it('is read at the nearest point that has a value', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: null },
      { x: 4, y: 2 },
    ];
    expect(nearest(points, 1)?.x).toBe(0);
    expect(stops([series(points), series([{ x: 3, y: 1 }])], [0, 4])).toEqual([0, 3, 4]);
  });

  it('is a table of rows spread over all of it, first and last among them', () => {
    expect(spread([1, 2, 3], 10)).toEqual([1, 2, 3]);
    const some = spread(
      Array.from({ length: 2000 }, (_, at) => at),
      200,
    );
    expect([some.length, some[0], some.at(-1)]).toEqual([200, 0, 1999]);
  });
});

describe('zoom', () => {
  it('halves the stretch about the cursor and stays inside', () => {
    expect(zoomed([0, 100], [0, 100], 20, 0.5, 'linear')).toEqual([10, 60]);
    expect(zoomed([0, 100], [0, 100], 0, 0.5, 'linear')).toEqual([0, 50]);
    expect(zoomed([50, 100], [0, 100], 100, 0.5, 'linear')).toEqual([75, 100]);
  });

  it('shows all again rather than more than all', () => {
    expect(zoomed([20, 80], [0, 100], null, 2, 'linear')).toBeNull();
  });

  it('is a ratio on a log axis', () => {
    const [from = 0, to = 0] = zoomed([1, 10_000], [1, 10_000], 100, 0.5, 'log') ?? [];
    expect([Math.round(from), Math.round(to)]).toEqual([10, 1000]);
  });

  it('leaves keys alone that are not the chart’s', () => {
    const press = (key: string, more = {}) =>
      meant({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
    expect(press('ArrowRight', { shiftKey: true })).toEqual({ do: 'move', by: 10 });
    expect(press('-')).toEqual({ do: 'zoom', factor: 2 });
    expect(press('+', { ctrlKey: true })).toBeUndefined();
    expect(press('Tab')).toBeUndefined();
  });
});

describe('the look of a run', () => {
  it('is the same wherever the run is shown, whatever stands beside it', () => {
    expect(slots(['run-a'])['run-a']).toBe(slots(['run-a', 'run-b'])['run-a']);
    const kept = slots(['run-b', 'run-a']);
    expect(slots(['run-a', 'run-b', 'run-c'], kept)).toMatchObject(kept);
  });

  it('is another for each of six runs, and tells them apart without colour', () => {
    const given = slots(Array.from({ length: LOOKS }, (_, at) => `train-${at}`));
    expect(new Set(Object.values(given)).size).toBe(LOOKS);
    const looks = Object.values(given).map(look);
    expect(new Set(looks.map(({ dash }) => dash)).size).toBe(LOOKS);
    expect(new Set(looks.map(({ marker }) => marker)).size).toBe(LOOKS);
  });
});

describe('figures of a chart', () => {
  it('have the digits they deserve', () => {
    expect([0, 1.93456, 29_000, 1.2e6, 0.00001, 42].map(figure)).toEqual(['0', '1.935', '29K', '1.2M', '1e-5', '42']);
    expect(figure(Number.NaN)).toBe('–');
    expect(percentage(0.6421)).toBe('64.2 %');
    expect([45, 300, 100, 12_000].map(clock)).toEqual(['45 s', '5 min', '1 min 40 s', '3 h 20 min']);
  });
});

describe('an exported table', () => {
  it('keeps commas, quotes and missing values, and gives a spreadsheet no formula', () => {
    expect(
      csvText(
        ['a', 'b'],
        [
          ['x,"y"', null],
          ['=1+1', -2],
        ],
      ),
    ).toBe('a,b\r\n"x,""y""",\r\n\'=1+1,-2\r\n');
  });

  it('has one row for each point, with its interval', () => {
    expect(
      seriesCsv('step', [
        series([
          { x: 1, y: 2, low: 1.5, high: 2.5 },
          { x: 2, y: null },
        ]),
      ]),
    ).toBe('series,step,value,low,high\r\na,1,2,1.5,2.5\r\na,2,,,\r\n');
  });
});
