#!/usr/bin/env bash
# Shows a Maildir through the sandboxed backend: demo.sh MAPISTORE COMPONENTS WORK_DIR [MAILDIR]
#
# Without MAILDIR, a small one is made. With one, the message that the demonstration adds is removed again; what stays is
# the file `mapistore-changes` in its folders, which other programs ignore.
set -euo pipefail

mapistore=$1
components=$2
work=$3
maildir=${4:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

step() { printf '\n\033[1m%s\033[0m\n' "== $*"; }
[ -t 1 ] || step() { printf '\n== %s\n' "$*"; }
run() {
    printf '$ mapistore %s\n' "$*"
    "$mapistore" --data-dir "$work/data" "$@"
}

rm -rf "$work"
mkdir -p "$work/backend"
cp "$here/backend.toml" "$components/mapistore-maildir.wasm" "$work/backend/"

if [ -n "$maildir" ]; then
    [ -d "$maildir/cur" ] || { echo "demo: \`$maildir\` is no Maildir: it has no folder \`cur\`" >&2; exit 2; }
    user=${USER:-me}
    maildir=$(cd "$maildir" && pwd)
else
    user=alice
    maildir=$work/mail/alice
    mkdir -p "$maildir"/{cur,new,tmp} "$maildir/.Sent"/{cur,new,tmp}
    for number in 1 2 3; do
        printf 'From: Carol %s <carol%s@example.org>\r\nTo: Alice <alice@example.org>\r\nDate: Mon, 0%s Jun 2026 10:00:00 +0000\r\nSubject: Minutes of meeting %s\r\nMessage-ID: <%s@example.org>\r\n\r\nWe met, and agreed on %s things.\r\n' \
            "$number" "$number" "$number" "$number" "$number" "$number" >"$maildir/new/178030000$number.demo$number.host"
    done
fi
inbox=maildir://$user/INBOX/

step "Register the backend: compiled once, its init run once, a snapshot taken"
run backend add "$work/backend" --dir "$maildir::/mail"

step "What the backend has for $user"
run contexts --user "$user"

step "The inbox as a client would ask for it: columns, sort order, limit"
run table "$inbox" --user "$user" --columns received,from,size,subject --sort received:desc --limit 10

step "Read a message"
first=$("$mapistore" --data-dir "$work/data" --json ls "$inbox" --user "$user" | grep -o '"uri": *"maildir://[^"]*[^/"]"' | head -n 1 | cut -d'"' -f4 || true)
if [ -n "$first" ]; then
    run show "$first" --user "$user" --properties subject,from,received,size
else
    echo "(the inbox is empty)"
fi

step "Add a message, and read its bytes back"
printf 'From: mapistore <demo@example.org>\r\nTo: %s <%s@example.org>\r\nSubject: Added through the sandbox\r\n\r\nHello from a WebAssembly component.\r\n' "$user" "$user" >"$work/hello.eml"
run add "$inbox" "$work/hello.eml" --user "$user"
added=$("$mapistore" --data-dir "$work/data" index find "$inbox*" --user "$user" | grep -o 'maildir://[^ ]*[^/ ]$' | tail -n 1)
run cat "$added" --user "$user"
"$mapistore" --data-dir "$work/data" cat "$added" --user "$user" | cmp - "$work/hello.eml"
echo "(the same bytes, compared with cmp)"
if [ -n "${4:-}" ]; then
    step "Remove it again: this is your Maildir"
    run rm "$added" --user "$user" --hard
fi

step "Open every context, close them all, and see the memory come back"
run contexts --user "$user" --open
