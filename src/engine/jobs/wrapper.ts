/**
 * What stands between a backend and the worker on every machine with a shell (jobs.md §2, §4.1). `wrap.sh` leads the
 * process group; it outlives its child and writes the exit code, so that a job which cannot speak any more still ends
 * with a reason. `trap : TERM` keeps it alive through the group's TERM (`trap ''` would make the job ignore it too).
 * Its standard input, the keys, goes to the job alone: a background command would otherwise read /dev/null.
 */
export const WRAP_SH = `trap : TERM
exec 3<&0 </dev/null
sh ./run.sh <&3 3<&- & c=$!
exec 3<&-
while :; do wait "$c"; rc=$?; kill -s 0 "$c" 2>/dev/null || break; done
echo "$rc" >exit.tmp && mv exit.tmp exit
`;

/** A single-quoted word for \`sh\`: nothing inside is looked at. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The one command of a run, as a file: no string of a person's is on a command line.
 * @param variables names are ours; values are quoted
 */
export function runSh(command: readonly string[], variables: Readonly<Record<string, string>>): string {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [...exports, `exec ${command.map(quoted).join(' ')}`, ''].join('\n');
}
