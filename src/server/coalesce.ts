/**
 * Runs `work` soon after it was asked for, however often, and at most once in `everyMs`: pushes to the editor stay
 * below ten a second while a job writes thousands of samples.
 */
export function coalesce(work: () => void | Promise<void>, everyMs: number): { (): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  const ask = () => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        last = Date.now();
        void work();
      },
      Math.max(0, last + everyMs - Date.now()),
    );
  };
  return Object.assign(ask, {
    cancel() {
      clearTimeout(timer);
      timer = undefined;
    },
  });
}
