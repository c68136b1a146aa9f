import { END_GROUP_SH, STARTED_SH } from '../processGroup.ts';
import { quoted } from '../wrapper.ts';

/**
 * What runs on the host, as text for `sh`. Only POSIX and `head -c`, `tail -c`: login nodes are old. Every value in
 * a script is quoted; `~` of a target's root is the host's own `$HOME`.
 */

/** A target's root as a word of a script. */
export function rootWord(root: string): string {
  if (root === '~') return '"$HOME"';
  return root.startsWith('~/') ? `"$HOME"/${quoted(root.slice(2))}` : quoted(root);
}

/** Candidates for a Python ≥ 3.11; version managers and uv put theirs into the user's own bin. */
const PYTHONS = 'python3 python3.14 python3.13 python3.12 python3.11 "$HOME/.local/bin/python3" /usr/local/bin/python3';

/** `key value` lines about the machine: what an estimate and a start need to know; `there` for each folder below the root that is. */
export function probeScript(root: string, python: string | undefined, folders: readonly string[] = []): string {
  return `root=${rootWord(root)}
echo "home $HOME"
echo "system $(uname -s) $(uname -m)"
echo "hostname $(hostname 2>/dev/null || uname -n)"
echo "cores $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)"
for p in ${python === undefined ? PYTHONS : quoted(python)}; do
  v=$("$p" -I -c 'import sys; print("%d.%d" % sys.version_info[:2], sys.executable) if sys.version_info >= (3, 11) else sys.exit(1)' 2>/dev/null) || continue
  echo "python $v"
  break
done
PATH="$HOME/.local/bin:$HOME/.cargo/bin:$PATH"
for t in uv setsid sha256sum shasum; do command -v "$t" >/dev/null 2>&1 && echo "tool $t"; done
m=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo 2>/dev/null)
[ -n "$m" ] && echo "memory $((m * 1024))" || echo "memory $(sysctl -n hw.memsize 2>/dev/null || echo 0)"
at=$root
while [ ! -d "$at" ] && [ "$at" != / ] && [ "$at" != . ]; do at=$(dirname "$at"); done
echo "disk $(df -Pk "$at" 2>/dev/null | sed -n '2p' | { read -r a b c d e; echo "$((d * 1024))"; })"
nvidia-smi --query-gpu=name,memory.total --format=csv,noheader,nounits 2>/dev/null | sed 's/^/gpu /'
for e in "$root"/envs/*; do [ -e "$e/complete.json" ] && echo "env \${e##*/}"; done
for f in ${['.', ...folders].map(quoted).join(' ')}; do [ -d "$root/$f" ] && echo "there $f"; done
exit 0`;
}

/** Sets \`p\` (the process group) and answers whether it lives. A zombie keeps its group: \`exit\` is looked at first. */
const ALIVE = `${STARTED_SH}is_alive() {
  p=
  [ ! -e exit ] && [ -e pid ] || return 1
  read -r p began <pid 2>/dev/null || :
  [ -n "$p" ] || return 1
  now=$(started "$p")
  if [ "$began" != - ] && [ "$now" != - ] && [ "$now" != "$began" ]; then return 1; fi
  kill -s 0 -- "-$p" 2>/dev/null
}`;

/** Waits, a minute at most, while the process of an attempt that has ended is there: asked to go on, it would not. */
const LEAVES = `ends() { grep -Eq '"state": ?"(succeeded|failed|cancelled|paused)"' status.json 2>/dev/null && is_alive; }
i=0
while ends; do
  [ "$i" -lt 600 ] || { echo leaving; exit 0; }
  sleep 0.1 2>/dev/null || sleep 1
  i=$((i+1))
done`;

/** What a submit puts into the run directory: small text files, and links to data that is there already. */
export interface Submit {
  run: string;
  files: Readonly<Record<string, string>>;
  links: readonly { name: string; to: string }[];
  python: string;
}

/**
 * Makes the run directory and starts the wrapper in a session of its own, with the keys (stdin of this script) on its
 * standard input. They touch the disk for an instant in a file only the user can read, opened and unlinked before
 * anything else runs (opened by this shell: a background command opens its files when it pleases). Submitted twice, the
 * second finds the first: its process, or its claim.
 */
export function submitScript(root: string, { run, files, links, python }: Submit): string {
  const texts = Object.entries(files).map(
    ([name, text]) =>
      `printf '%s' ${quoted(text)} >${quoted(`${name}.tmp`)}\nmv ${quoted(`${name}.tmp`)} ${quoted(name)}`,
  );
  const linked = links.map(({ name, to }) => `ln -sfn "$root"/${quoted(to)} in/${quoted(name)}`);
  return `set -eu
umask 077
root=${rootWord(root)}
mkdir -p "$root"/runs/${quoted(run)}/in "$root"/runs/${quoted(run)}/out
cd "$root"/runs/${quoted(run)}
chmod 700 .
${ALIVE}
${LEAVES}
if is_alive; then echo "pid $p $began"; exit 0; fi
if ! mkdir .starting 2>/dev/null; then
  find .starting -prune -mmin +2 -exec rmdir {} \\; 2>/dev/null || :
  mkdir .starting 2>/dev/null || { echo busy; exit 0; }
fi
trap 'rm -f keys; rmdir .starting 2>/dev/null' EXIT
if is_alive; then echo "pid $p $began"; exit 0; fi
rm -f exit stop pid
${[...texts, ...linked].join('\n')}
cat >keys
exec 3<keys
rm -f keys
if command -v setsid >/dev/null 2>&1; then
  setsid nohup sh ./wrap.sh <&3 3<&- >>stdout.log 2>&1 &
else
  nohup ${quoted(python)} -I -c 'import os; os.setsid(); os.execvp("sh", ["sh", "./wrap.sh"])' <&3 3<&- >>stdout.log 2>&1 &
fi
p=$!
exec 3<&-
echo "$p $(started "$p")" >pid.tmp
mv pid.tmp pid
echo "pid $(cat pid)"`;
}

export function stopScript(root: string, run: string, force: boolean): string {
  const end = `if is_alive; then
  if command -v setsid >/dev/null 2>&1; then setsid nohup sh -c ${quoted(END_GROUP_SH)} sh "$PWD" "$p" </dev/null >/dev/null 2>&1 &
  else nohup sh -c ${quoted(END_GROUP_SH)} sh "$PWD" "$p" </dev/null >/dev/null 2>&1 &
  fi
fi`;
  return `umask 077
cd ${rootWord(root)}/runs/${quoted(run)} 2>/dev/null || { echo gone; exit 0; }
${ALIVE}
: >stop
${force ? end : ''}
if is_alive; then echo alive; else echo gone; fi`;
}

/** Removes a folder of a run; with \`.\` the run itself, but never while it runs. */
export function removeScript(root: string, run: string, folder: string): string {
  const path = folder === '.' ? '"$d"' : `"$d"/${quoted(folder)}`;
  return `d=${rootWord(root)}/runs/${quoted(run)}
cd "$d" 2>/dev/null || exit 0
${ALIVE}
${folder === '.' ? 'if is_alive; then echo "the run is still going on" >&2; exit 3; fi' : ''}
cd /
rm -rf ${path}`;
}

/** Frames of \`file\` from \`offset\` on, at most 1 MiB each; sets \`got\`. */
const PIECE = `piece() {
  s=$( (wc -c <"$1") 2>/dev/null ) || s=0
  s=$((s + 0)); got=0
  [ "$s" -gt "$2" ] || { [ "$s" -eq "$2" ] || printf '%s shrunk %s %s\\n' "$m" "$1" "$s"; return 0; }
  got=$((s - $2)); [ "$got" -le 1048576 ] || got=1048576
  printf '%s bytes %s %s %s\\n' "$m" "$got" "$2" "$1"
  tail -c +$(($2 + 1)) "$1" | head -c "$got"
  echo
}`;

/**
 * Tells what happens in a run directory, as frames, until the connection is cut: bytes of the appended files from the
 * given offsets (\`tail\` counts from 1), status.json when it changed, \`exit\`, whether the group lives.
 * Whether it lives is looked at before the files: what a process wrote before it ended is then in the same round.
 * The \`tick\` of each round tells the client that the line is alive, and ends this loop when it is not.
 * @param offsets by file name, relative to the run; names are ours
 */
export function followScript(
  root: string,
  run: string,
  mark: string,
  offsets: Readonly<Record<string, number>>,
): string {
  const files = Object.entries(offsets);
  const pieces = files.map(
    ([name], at) => `  piece ${quoted(name)} "$o${at}"; o${at}=$((o${at} + got)); [ "$got" -lt 1048576 ] || rest=1`,
  );
  return `m=${quoted(mark)}
cd ${rootWord(root)}/runs/${quoted(run)} 2>/dev/null || { echo "$m missing"; exit 0; }
${ALIVE}
${PIECE}
${files.map(([, offset], at) => `o${at}=${offset}`).join('; ')}
last=
while :; do
  if is_alive; then life=alive; else life=gone; fi
  rest=0
${pieces.join('\n')}
  now=$(cat status.json 2>/dev/null) || now=
  if [ "$now" != "$last" ]; then
    n=$(printf '%s' "$now" | wc -c)
    printf '%s bytes %s 0 status.json\\n' "$m" "$((n + 0))"; printf '%s\\n' "$now"
    last=$now
  fi
  if [ -e exit ]; then
    n=$( (wc -c <exit) 2>/dev/null ) || n=0
    printf '%s bytes %s 0 exit\\n' "$m" "$((n + 0))"; head -c "$((n + 0))" exit; echo
  fi
  printf '%s tick %s %s\\n' "$m" "$life" "$rest" || exit 0
  [ "$rest" = 1 ] || sleep 0.5 2>/dev/null || sleep 1
done`;
}

/** \`file SIZE SHA256 PATH\` for every file of a folder of the run. */
export function listScript(root: string, run: string, folder: string): string {
  return `cd ${rootWord(root)}/runs/${quoted(run)}/${quoted(folder)} || exit 4
sum() { if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi; }
find . -type f | while IFS= read -r f; do
  n=$(wc -c <"$f"); h=$(sum "$f"); h=\${h%% *}
  echo "file $((n + 0)) $h \${f#./}"
done`;
}

/** Frames of the named files from their offsets to their ends. */
export function fetchScript(
  root: string,
  run: string,
  folder: string,
  mark: string,
  files: readonly { path: string; offset: number }[],
): string {
  const each = files.map(({ path, offset }) => `whole ${quoted(path)} ${offset}`).join('\n');
  return `m=${quoted(mark)}
cd ${rootWord(root)}/runs/${quoted(run)}/${quoted(folder)} || exit 4
${PIECE}
whole() { at=$2; while :; do piece "$1" "$at"; [ "$got" -gt 0 ] || break; at=$((at + got)); done; }
${each}
echo "$m end"`;
}
