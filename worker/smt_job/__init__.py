"""The worker: trains, answers batch files and serves, where the GPU is. Knows only the run directory.

`python3 -m smt_job <verb>` needs the standard library alone; it makes the Python environment and hands over to the module
that does the work, in the same process. So a broken environment still reports itself.
"""

VERSION = "0.1.0"
