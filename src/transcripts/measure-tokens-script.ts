/** The text of `measure-tokens.sh [SESSION.jsonl]...`: it asks allot, wherever that is installed, and ends as allot ends. */
export const MEASURE_TOKENS_SCRIPT = `#!/bin/sh
# Measures the tokens of agents' sessions out of their own logs.
#
#   measure-tokens.sh                                    all sessions of this user
#   measure-tokens.sh SESSION.jsonl ...                  these logs
#   measure-tokens.sh --before OLD.jsonl --after NEW.jsonl   a change, with its percentage
#
# Further options are those of allot measure: --by, --since, --session, --watch, --json.
# The variable ALLOT names the program to use instead of the one that is found.
set -eu

if [ -n "\${ALLOT:-}" ]; then
  exec "$ALLOT" measure "$@"
fi
if command -v allot >/dev/null 2>&1; then
  exec allot measure "$@"
fi
folder=$(pwd)
while :; do
  if [ -x "$folder/node_modules/.bin/allot" ]; then
    exec "$folder/node_modules/.bin/allot" measure "$@"
  fi
  if [ "$folder" = / ]; then
    break
  fi
  folder=$(dirname "$folder")
done
echo "measure-tokens.sh: allot is not installed (npm install --global allot), or set ALLOT to its place" >&2
exit 127
`;
