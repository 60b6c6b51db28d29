#!/bin/sh
# Installs the LSL programs in Python that tests talk to; pylsl brings its own liblsl. Does nothing if they are there.
# usage: venv.sh FOLDER
set -eu
folder=$1 needs=tests/peers/requirements.txt
if [ "$folder/ready" -nt "$needs" ]; then exit 0; fi
python3 -c 'import ensurepip' 2>/dev/null || sh scripts/install-needs.sh --always python3-venv
echo "+ python3 -m venv $folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile --disable-pip-version-check -r "$needs"
touch "$folder/ready"
