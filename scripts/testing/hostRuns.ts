// One start of VS Code each: which test files run in it, in which folder, trusted or not.
// `test/host/<name>.test.ts` belongs to the run `trusted`, `<name>.restricted.test.ts` to `restricted`, and so on.
export interface HostRun {
  readonly name: string;
  /** Folder under test/fixtures/workspaces, copied for the run; without one VS Code opens no folder. */
  readonly workspace?: string;
  readonly trusted: boolean;
}

export const hostRuns: readonly HostRun[] = [
  { name: 'trusted', workspace: 'documents', trusted: true },
  { name: 'restricted', workspace: 'hostile', trusted: false },
  { name: 'noFolder', trusted: true },
];

/** The run of a test file, `trusted` where its name says nothing else. */
export function runOf(file: string): string {
  return /\.([A-Za-z]+)\.test\.ts$/.exec(file)?.[1] ?? 'trusted';
}
