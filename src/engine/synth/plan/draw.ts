import type { Draw, Question } from '../types.ts';
import { seeded } from './random.ts';

/** What can be drawn from: strategies and accepted questions of one document, in plan order. */
export interface DrawPool {
  strategies: readonly { text: string; window: number }[];
  questions: readonly Question[];
  windows: readonly number[];
}

export type DrawKind = 'questions' | 'strategies' | 'questions_and_strategies';

/**
 * Draws `count` more choices behind those already recorded (recipe §3.5, pairing is a reconstruction): questions without
 * replacement and shuffled anew when exhausted, a strategy uniformly among those of the question's window, a pair never
 * twice while another strategy is left. Strategies alone: window by window, each strategy once before any twice.
 * Repeats of a choice are replicas. Pure: the same pool, record and seed give the same draws.
 */
export function drawMore(
  kind: DrawKind,
  pool: DrawPool,
  recorded: readonly Draw[],
  count: number,
  seed: string,
): Draw[] {
  const random = seeded(seed, recorded.length);
  const drawn: Draw[] = [];
  const repeats = new Map<string, number>();
  const uses = new Map<string, number>();
  const note = (draw: Draw) => {
    const key = choiceKey(draw);
    repeats.set(key, (repeats.get(key) ?? 0) + 1);
    const used = draw.query === undefined ? `s${draw.window}\u0000${draw.strategy}` : `q${draw.query.id}`;
    uses.set(used, (uses.get(used) ?? 0) + 1);
  };
  for (const draw of recorded) note(draw);
  const push = (choice: Omit<Draw, 'replica'>) => {
    const draw = { ...choice, replica: repeats.get(choiceKey(choice)) ?? 0 };
    note(draw);
    drawn.push(draw);
  };
  const strategiesOf = (window: number) => {
    const own = pool.strategies.filter((strategy) => strategy.window === window);
    return (own.length > 0 ? own : pool.strategies).map((strategy) => strategy.text);
  };

  if (kind === 'strategies') {
    if (pool.strategies.length === 0) return [];
    const bags = new Map<number, string[]>();
    for (let index = recorded.length; drawn.length < count; index++) {
      const window = pool.windows[index % pool.windows.length] ?? 0;
      let bag = bags.get(window) ?? [];
      if (bag.length === 0) bag = leastUsed(strategiesOf(window), (text) => uses.get(`s${window}\u0000${text}`) ?? 0);
      push({ strategy: take(bag, random), window });
      bags.set(window, bag);
    }
    return drawn;
  }

  const withStrategies = kind === 'questions_and_strategies';
  if (pool.questions.length === 0 || (withStrategies && pool.strategies.length === 0)) return [];
  const byWindow = new Map<number, string[]>();
  let bag: Question[] = [];
  while (drawn.length < count) {
    if (bag.length === 0) bag = leastUsed(pool.questions, (question) => uses.get(`q${question.id}`) ?? 0);
    const query = take(bag, random);
    const window = query.window;
    if (!withStrategies) {
      push({ strategy: '', query, window });
      continue;
    }
    let strategies = byWindow.get(window);
    if (strategies === undefined) {
      strategies = strategiesOf(window);
      byWindow.set(window, strategies);
    }
    let fewest = Number.POSITIVE_INFINITY;
    for (const strategy of strategies) {
      fewest = Math.min(fewest, repeats.get(choiceKey({ strategy, query, window })) ?? 0);
    }
    const free = strategies.filter((strategy) => (repeats.get(choiceKey({ strategy, query, window })) ?? 0) === fewest);
    push({ strategy: free[Math.floor(random() * free.length)] ?? '', query, window });
  }
  return drawn;
}

function choiceKey(draw: Omit<Draw, 'replica'>): string {
  return `${draw.query?.id ?? ''}\u0000${draw.window}\u0000${draw.strategy}`;
}

/** Those used least often, in the order given. */
function leastUsed<T>(choices: readonly T[], uses: (choice: T) => number): T[] {
  let fewest = Number.POSITIVE_INFINITY;
  for (const choice of choices) fewest = Math.min(fewest, uses(choice));
  return choices.filter((choice) => uses(choice) === fewest);
}

/** Takes one uniformly, in constant time. */
function take<T>(bag: T[], random: () => number): T {
  const index = Math.floor(random() * bag.length);
  const chosen = bag[index];
  const last = bag.pop();
  if (chosen === undefined || last === undefined) throw new Error('nothing to draw from');
  if (index < bag.length) bag[index] = last;
  return chosen;
}
