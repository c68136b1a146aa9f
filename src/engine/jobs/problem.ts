/** An error whose message is written for a person, with what to do: its stack would only be noise. */
export class JobProblem extends Error {
  override readonly name: string = 'JobProblem';
}
