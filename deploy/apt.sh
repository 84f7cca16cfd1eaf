#!/usr/bin/env bash
# Install Debian packages, as root or through sudo; say what to do where neither is possible.
set -euo pipefail
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "guanai: please install with root's rights: apt-get install $*" >&2
    exit 1
  fi
  as_root=(sudo)
fi
if ! command -v apt-get >/dev/null; then
  echo "guanai: no apt-get here; please install what provides: $*" >&2
  exit 1
fi
echo "guanai: installing $* (Debian)"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
