/** An error whose message is written for a person, with what to do: its stack would only be noise. */
export class JobProblem extends Error {
  override readonly name: string = 'JobProblem';
}

/** An attempt has ended and its process is still there a minute later. */
export const DOES_NOT_LEAVE =
  'The process of the attempt before does not end. Kill it on its machine (the file "pid" of the run folder names it), then resume.';
