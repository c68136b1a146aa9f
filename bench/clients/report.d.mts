export interface Started {
  at: number;
  cpu: { user: number; system: number };
}
export const report: {
  start(): Started;
  end(started: Started, answered: number, more?: Record<string, unknown>): void;
};
