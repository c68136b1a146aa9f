import { JobProblem } from '../../jobs/problem.ts';

/** Why the built-in model cannot be set up or started; `message` says what to do about it. */
export type BuiltinProblemKind =
  | 'no_python'
  | 'no_installer'
  | 'no_network'
  | 'hash_mismatch'
  | 'unsupported_platform'
  | 'bad_gguf'
  | 'server'
  | 'cancelled'
  | 'failed';

/** Thrown by this room and by nothing else: a reason a person can act on. `log` is a file to show, if there is one. */
export class BuiltinProblem extends JobProblem {
  override readonly name = 'BuiltinProblem';
  readonly kind: BuiltinProblemKind;
  readonly log: string | undefined;

  constructor(kind: BuiltinProblemKind, message: string, log?: string) {
    super(message);
    this.kind = kind;
    this.log = log;
  }
}
