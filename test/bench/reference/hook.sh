#!/bin/bash
# A stand-in for the hooks that people run today, in bash and jq: the quiet check of pretooluse
# (stamp busy; is there mail for this session?) as one would write it without thinking about its
# cost. We wrote it; it is nobody's product, and kinder than most: it delivers nothing.

state=$HOME/.oxtail
payload=$(cat)
session=$(jq -r '.session_id // empty' <<<"$payload")
[[ $session =~ ^[A-Za-z0-9_-]{1,256}$ ]] || exit 0

printf busy >"$state/activity/$session"
[ -n "$(jq -r '.agent_id // empty' <<<"$payload")" ] && exit 0

for entry in "$state"/sessions/*.json; do
	grep -Eq "\"session_id\"[[:blank:]]*:[[:blank:]]*\"$session\"" "$entry" || continue
	key=$(sed -nE 's/^[[:blank:]]*"mailbox_key":[[:blank:]]*"(s-[A-Za-z0-9_-]+)".*/\1/p' "$entry")
	for box in "$state/mailboxes/$(basename "$entry" .json).jsonl" "$state/mailboxes/$key.jsonl"; do
		[ -s "$box" ] && echo "there is mail"
	done
done
exit 0
