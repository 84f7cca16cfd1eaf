#!/usr/bin/env bash
# Make the virtual environment $1; on a Debian without the venv module, install it first.
set -euo pipefail
venv=$1
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null; then
  echo "guanai: no $python here; install Python 3.11 or newer, or say: make run PYTHON=/path/to/python3" >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "guanai: $("$python" --version) is too old; Python 3.11 or newer is needed (make run PYTHON=...)" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  "$(dirname "$0")/apt.sh" "$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')"
fi
echo "guanai: making $venv (a minute or two, once)"
"$python" -m venv "$venv"
