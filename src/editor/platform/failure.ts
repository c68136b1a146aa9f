/**
 * An error a person can act on: `message` says what happened and to what, `hint` what to do. Thrown by flows and shown
 * by the command runner with *Show Log*; everything else that is thrown is a fault of ours and is logged with its stack.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }

  static is(error: unknown): error is Failure {
    return error instanceof Error && error.name === 'Failure';
  }
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  return hint ? `${error.message} ${hint}` : error.message;
}
