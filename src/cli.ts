import { restartWithFewArenas } from './cli/fewArenas.ts';

const argv = process.argv.slice(2);
// Before anything else is loaded or any stream touched.
restartWithFewArenas(argv);

// `smt samples | head` closes the pipe: that is the reader's right, not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

import('./cli/main.ts')
  .then(({ main }) => main(argv))
  .then(
    (code) => {
      process.exitCode = code;
      // A job leaves timers and sockets of its libraries behind; everything of ours is closed by now.
      process.stdout.write('', () => process.exit(code));
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
