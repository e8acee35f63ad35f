opt=$1; shift; db() {
  mariadb ${opt:+"--defaults-extra-file=$opt"} @CHARSET@ @ANSWERS@ --init-command="@SESSION@" -N -B "$@"
}
schema=$1 quoted=$2 ledger=$3 reader=$4
n=$(db -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$schema' AND TABLE_NAME <> '$ledger'")
[ "$n" = 0 ] || { echo "$n tables or views are in $schema: it stays"; exit 3; }
if [ "$(db -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$schema'")" != 0 ]; then
  n=$(db -e "SELECT COUNT(*) FROM $quoted.$ledger") && [ "$n" = 0 ] || { echo "the ledger is not empty"; exit 3; }
fi
db -e "DROP USER IF EXISTS $reader; DROP DATABASE IF EXISTS $quoted"
