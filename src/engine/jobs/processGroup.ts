/**
 * Ends a process group for good, as a script of its own so that it goes on when whoever asked is gone: TERM, ten
 * seconds for a job to close its files, KILL. After a KILL nobody is left to write `exit`, so it is written here.
 * `kill -s SIG -- -PGID` is what dash and bash both understand (dash refuses `kill -TERM -- -PGID`).
 * Arguments: run directory, process group.
 */
export const END_GROUP_SH = `cd "$1" || exit 1
kill -s TERM -- "-$2" 2>/dev/null || exit 0
i=0
while [ "$i" -lt 100 ] && [ ! -e exit ] && kill -s 0 -- "-$2" 2>/dev/null; do sleep 0.1 2>/dev/null || sleep 1; i=$((i+1)); done
kill -s KILL -- "-$2" 2>/dev/null || exit 0
[ -e exit ] || { echo 137 >exit.tmp; mv exit.tmp exit; }
`;

/**
 * Start time of a process in clock ticks (field 22 of /proc/PID/stat, counted after the command's last bracket), \`-\`
 * where the system has no /proc: a reused process id must not be taken for the job, nor signalled.
 */
export const STARTED_SH = `started() {
  { read -r s <"/proc/$1/stat"; } 2>/dev/null || { echo -; return 0; }
  s=\${s##*) }
  set -- $s
  shift 19
  echo "$1"
}
`;
