#!/usr/bin/env bash
# What `make test` needs beside Python: the real broker, a real browser, and a centre of alarms.
set -euo pipefail
missing=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v chromium >/dev/null || missing+=(chromium)
command -v sipp >/dev/null || missing+=(sip-tester)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk fontconfig)
# the browser's driver brings a Node.js of its own, which needs it
/sbin/ldconfig -p | grep -q 'libatomic\.so\.1' || missing+=(libatomic1)
[ ${#missing[@]} -eq 0 ] || "$(dirname "$0")/apt.sh" "${missing[@]}"
