#!/bin/sh
# Calls the built component through the host, and compares what it answers. Nothing is registered, and nothing kept.
set -eu
cd "$(dirname "$0")"
mapistore=${MAPISTORE:-mapistore}
uri=example-name://alice/inbox/

expect() {
    answered=$("$mapistore" invoke example-name.wasm --user alice --uri $uri "$1")
    case $answered in
        *"$2"*) echo "ok: $1" ;;
        *) echo "failed: $1 answered $answered, and \`$2\` was expected in it" >&2; exit 1 ;;
    esac
}

expect 'list-contexts("alice")' "url: \"$uri\""
expect 'folder.get-child-count(contents)' 3
# PidTagDisplayName and PidTagContentUnreadCount.
expect 'folder.get-properties([0x3001001F, 0x36030003])' 'text("Inbox")), ok(integer32(3))'
# PidTagSubject of all rows, in their order.
expect 'folder.open-table(contents); table.set-columns([0x0037001F]); table.query-rows(0, 9)' \
    'ok(text("Welcome")), ok(text("A second message")), ok(text("The last one"))'
expect 'folder.set-read-flags([7], true)' 'not-found'
"$mapistore" invoke example-name.wasm --user alice --uri ${uri}no/ 'folder.get-child-count(contents)' 2>/dev/null &&
    { echo 'failed: there is only an inbox' >&2; exit 1; }
echo 'all passed'
