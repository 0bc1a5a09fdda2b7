#!/bin/sh
# Installs the official clients: sh tests/clients/install.sh [PYTHON]. Does nothing when all are there.
#
# Those from PyPI exclude each other's versions, so each has a folder of its own under .envs; the
# versions and hashes are those of requirements-*.txt and node/package-lock.json.
set -eu
python=$(command -v "${1:-python3}")
case $python in /*) ;; *) python=$PWD/$python ;; esac
cd "$(dirname "$0")"
uv=$(command -v uv || command -v "$(dirname "$python")/uv" || true)

for client in vonage-4 vonage-3 nexmo-2; do
    wanted=requirements-$client.txt
    folder=.envs/$client
    if cmp -s "$wanted" "$folder/.installed"; then continue; fi
    rm -rf "$folder"
    mkdir -p "$folder"
    if [ -n "$uv" ]; then
        "$uv" pip install -q --python "$python" --require-hashes --target "$folder" -r "$wanted"
    else
        "$python" -m pip install -q --disable-pip-version-check --require-hashes \
            --target "$folder" -r "$wanted"
    fi
    cp "$wanted" "$folder/.installed"
done

if command -v npm >/dev/null 2>&1 &&
    ! cmp -s node/package-lock.json node/node_modules/.installed; then
    (cd node && npm ci --silent --no-audit --no-fund --ignore-scripts)
    cp node/package-lock.json node/node_modules/.installed
fi
