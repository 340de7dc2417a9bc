/** `measure-tokens.sh [OPTIONS]`: tokens and dollars out of the logs of this machine's agents, by `allot measure`. */
export const MEASURE_TOKENS_SCRIPT = `#!/bin/sh
# Counts the tokens of this machine's agent sessions: measure-tokens.sh [options of allot measure]
# The variable ALLOT names the program to use instead of the one on the PATH.
set -eu

if [ -z "\${ALLOT:-}" ] && ! command -v allot >/dev/null 2>&1; then
  echo "measure-tokens.sh: allot is not installed (npm install --global allot), or set ALLOT to its place" >&2
  exit 127
fi
exec "\${ALLOT:-allot}" measure "$@"
`;
