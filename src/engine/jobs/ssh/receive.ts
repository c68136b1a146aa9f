import { quoted } from '../wrapper.ts';
import { rootWord } from './scripts.ts';

/**
 * The other end of `sendCargo`, for the Python that a target needs anyway (the standard library, nothing of ours is
 * there yet). First line of standard input: every file of the cargo. `have` answers how many bytes of each are there
 * already; `take` reads, for each file, a line and its bytes, and in the end looks at every hash: the folder gets its
 * name when all are right, and a file that is not right is thrown away.
 *
 * Places are absolute offsets in files whose contents the folder's name fixes, so two that send the same at once write
 * the same bytes to the same places.
 */
const RECEIVE_PY = `import hashlib, json, os, shutil, sys
verb, to = sys.argv[1:]
part, stdin = to + ".part", sys.stdin.buffer
path = part
files = json.loads(stdin.readline())
def place(file):
    path = os.path.join(part, *file["path"].split("/"))
    if os.path.commonpath([part, os.path.abspath(path)]) != part: sys.exit("a path leads out of its folder")
    return path
def size(file):
    try: return os.path.getsize(place(file))
    except FileNotFoundError: return 0
def digest(file):
    found = hashlib.sha256()
    with open(place(file), "rb") as stream:
        while piece := stream.read(1 << 20): found.update(piece)
    return found.hexdigest()
try:
    if os.path.isdir(to):
        print("whole")
    elif verb == "have":
        for index, file in enumerate(files): print("have", index, size(file))
    else:
        for line in iter(stdin.readline, b""):
            index, at, left = map(int, line.split())
            path = place(files[index])
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(path, "r+b" if os.path.exists(path) else "w+b", buffering=0) as stream:
                stream.seek(at)
                while left:
                    piece = stdin.read(min(left, 1 << 20))
                    if not piece: sys.exit("the line was cut")
                    left -= len(piece)
                    view = memoryview(piece)
                    while view: view = view[stream.write(view):]
        wrong = [file for file in files if size(file) != file["bytes"] or digest(file) != file["sha256"]]
        for file in wrong: os.path.exists(place(file)) and os.remove(place(file))
        if not wrong: os.rename(part, to)
        print("wrong " + wrong[0]["path"] if wrong and not os.path.isdir(to) else "whole")
except OSError as error:
    # Somebody else, who sent the same, was first.
    if not os.path.isdir(to): sys.exit(f"{path}: {error.strerror}")
    print("whole")
if os.path.isdir(to): shutil.rmtree(part, ignore_errors=True)
`;

/** @param folder below the target's root, that is to be there in the end */
export function receiveScript(root: string, python: string, verb: 'have' | 'take', folder: string): string {
  return `set -eu
umask 077
root=${rootWord(root)}
mkdir -p "$root"
cd "$root"
exec ${quoted(python)} -I -c ${quoted(RECEIVE_PY)} ${verb} "$PWD"/${quoted(folder)}`;
}
