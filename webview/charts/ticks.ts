/** Where an axis puts its marks: round numbers, about as many as asked for. Pure; the steps are those of d3-array. */

/** Up to `about` + a few round values inside `[from, to]`, ascending. */
export function linearTicks(from: number, to: number, about: number): number[] {
  if (!(to > from) || about <= 0) return Number.isFinite(from) ? [from] : [];
  const step = roundStep((to - from) / about);
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to * (1 + 1e-12); at++) ticks.push(clean(at * step));
  return ticks;
}

/** Powers of ten inside `[from, to]`, with 2 and 5 between them where there are few. `from` > 0. */
export function logTicks(from: number, to: number, about: number): number[] {
  if (!(from > 0) || !(to > from)) return from > 0 ? [from] : [];
  const decades = Math.log10(to / from);
  const factors = decades >= about ? [1] : decades * 3 >= about ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const every = Math.max(1, Math.ceil(decades / about));
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    if (factors.length === 1 && power % every !== 0) continue;
    for (const factor of factors) {
      const tick = clean(factor * 10 ** power);
      if (tick >= from * (1 - 1e-12) && tick <= to * (1 + 1e-12)) ticks.push(tick);
    }
  }
  return ticks.length > 1 ? ticks : linearTicks(from, to, about);
}

/** Seconds: steps a clock has. */
const clockSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
];
export function clockTicks(from: number, to: number, about: number): number[] {
  if (!(to > from)) return [from];
  const wanted = (to - from) / about;
  const step = wanted < 1 ? undefined : clockSteps.find((candidate) => candidate >= wanted);
  if (step === undefined) return linearTicks(from, to, about);
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to; at++) ticks.push(at * step);
  return ticks;
}

/** 1, 2 or 5 times a power of ten, nearest in ratio to `raw`. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const error = raw / power;
  return power * (error >= Math.sqrt(50) ? 10 : error >= Math.sqrt(10) ? 5 : error >= Math.sqrt(2) ? 2 : 1);
}

/** 0.30000000000000004 is 0.3. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
