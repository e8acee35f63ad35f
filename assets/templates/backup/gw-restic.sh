#!/bin/sh
# Put here by ganeti-wizard: restic with this machine's repository, for the operator too: gw-restic snapshots
. "${GW_LIB:-/usr/local/lib/ganeti-wizard/backup.sh}"
exec restic --repo "$REPOSITORY" --option "sftp.command=$SFTP" --password-file "$PASSWORD" "$@"
