#!/bin/bash
# One Python environment a peer under the folder given. Slow (minutes) and big; only for `npm run bench -- --peers`.
set -u
venvs=$1
mkdir -p "$venvs"
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
  [ -x "$venvs/uv/bin/uv" ] || { python3 -m venv "$venvs/uv" && "$venvs/uv/bin/pip" install -q uv; }
  uv=$venvs/uv/bin/uv
fi
for peer in "dd data-designer==0.9.7" "curator bespokelabs-curator==0.1.31" "datatrove datatrove[inference]==0.10.1" "sdghub sdg-hub==0.9.4"; do
  set -- $peer
  [ -x "$venvs/$1/bin/python" ] || "$uv" venv -q --python 3.11 "$venvs/$1"
  # data-designer pins a certifi that an index may not have yet: the override relaxes it.
  "$uv" pip install -q --python "$venvs/$1/bin/python" --override <(echo 'certifi>=2025') "$2" || echo "$1: not installed"
done
