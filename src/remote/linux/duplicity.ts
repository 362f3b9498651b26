// Backups of duplicity(1) from fetched objects: read against their manifests, and restored into a folder beside the old one.
// A passphrase comes from a file of the host or on standard input; it is handed on by a pipe or the environment of one child,
// which only root can read, and is in no argument.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { checking, type CheckLine } from './check-staged.ts'
import { membersOfInterest, standOfPath } from './duplicity-names.ts'
import { posix } from 'node:path'
import { freshFolder, type FolderSwap } from './folder-swap.ts'
import { onStaged } from './staging.ts'

/** A file of the host, whose first line it is; or a secret that is asked for. */
export type Passphrase =
  | { readonly file: string }
  | { readonly secret: { readonly name: string; readonly prompt: string } }

interface Locked {
  readonly staging: string
  readonly passphrase: Passphrase | null
}

interface OnePath {
  readonly only?: string | null
}

/**
 * Puts the passphrase into `p`: a first line, as gpg(1) takes no more of it, and Mail-in-a-Box hands it no more (backup.py).
 * Where there is none to be read, the script's own `unlocked WHY` says so.
 */
export function unlocking({ passphrase }: Pick<Locked, 'passphrase'>): string {
  if (passphrase === null) return "p=''"
  if (!('file' in passphrase)) return "p=''; IFS= read -r p || true"
  const { file } = passphrase
  return [
    sh`p=''; { IFS= read -r p < ${file}; } 2>/dev/null || true`,
    "p=${p%$'\\r'}",
    sh`[ -n "$p" ] || unlocked ${`${file}, which is to hold the passphrase, is not there or is empty`}`,
  ].join('\n')
}

/**
 * What both need: the passphrase, and in `how` what the backups are encrypted with. A passphrase is tried with an empty
 * keyring of the run's own, for what an agent of root's remembers is no proof; a key is root's.
 */
const opening = (locked: Locked): string =>
  [
    'export LC_ALL=C.UTF-8 HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"',
    unlocking(locked),
    'g=$(mktemp -d "$PWD/gnupg.XXXXXX")',
    'trap \'GNUPGHOME="$g" gpgconf --kill all >/dev/null 2>&1 || true; rm -rf "$g" ${trash:-}\' EXIT',
    'first() { [ -n "${manifest:-}" ] || case "$2" in *.manifest*) manifest=$1 ending=$2;; esac; }',
    'each first',
    'how="not encrypted"',
    'case "${ending:-}" in *.gpg)',
    '  packets=$(cat "$manifest".* | GNUPGHOME="$g" gpg --batch --no-tty --list-only --list-packets 2>/dev/null || true)',
    '  case "$packets" in',
    '    *":pubkey enc packet"*) how="encrypted to a key";;',
    '    *) how="encrypted with a passphrase"; export GNUPGHOME="$g";;',
    '  esac;;',
    'esac',
  ].join('\n')

// As duplicity calls gpg(1), and with what it says for programs. The passphrase goes through a pipe.
const opened = [
  'opened() { case "$2" in',
  '  *.gpg) cat "$1".* | gpg -q --batch --no-tty --pinentry-mode loopback --status-fd 8 --passphrase-fd 9 -d 8>"$g/status" 9< <(printf "%s\\n" "$p");;',
  '  *.gz) cat "$1".* | gzip -dc;;',
  '  *) cat "$1".*;;',
  'esac; }',
].join('\n')

// Of a file that has changed there is only how: what is new is what needs room. tar(1) does not read what comes after its end,
// and who writes that would break.
const listed = 'opened "$1" "$2" | { tar -tvf - --numeric-owner --quoting-style=escape && cat > /dev/null; }'

const bytesOfAll = [
  `  if more=$( { ${listed} | awk '$1 !~ /^[hl]/ && $6 ~ /^(multivol_)?snapshot\\// { b += $3 } END { printf "%.0f", b + 0 }'; } 2> "$g/said"); then bytes=$((bytes + more))`,
  '  else say problem "$2 is broken: $(said)"; fi',
]

const namesNear = [
  '  at=${id%.vol*}; at=${at##*.}',
  sh`  if ! { ${raw(listed)} | at="$at" LC_ALL=C awk ${membersOfInterest} >> names; } 2> "$g/said"; then say problem "$2 is broken: $(said)"; fi`,
]

/**
 * Reads all backups: each manifest is opened, each volume has the checksum that its manifest says, and is read to its end.
 * What can't be opened with this passphrase or key is `locked`. One path of it, `only`, is there or `missing`, with what is
 * near it.
 */
export const checkDuplicity = ({ only = null, ...locked }: Locked & OnePath): ShellCommand<CheckLine[]> =>
  checking(
    locked,
    [
      ...(only === null ? [] : [sh`export only=${only}`, ': > names']),
      'unlocked() { say locked "$1"; exit 0; }',
      opening(locked),
      opened,
      'declare -A wanted; backups=0 volumes=0 bytes=0',
      'said() { tail -n 3 "$g/said" | cut -c 1-200; }',
      'manifest() {',
      '  local stem number sum',
      '  case "$2" in *.manifest | *.manifest.gz | *.manifest.gpg) ;; *) return 0;; esac',
      '  stem=${2%.gpg}; stem=${stem%.gz}; stem=${stem%manifest}; backups=$((backups + 1))',
      // An empty passphrase is one that is missing. Of a key gpg(1) says so, whatever is wrong with its passphrase.
      '  if ! opened "$1" "$2" > "$g/manifest" 2> "$g/said"; then',
      '    if grep -Eqs "MISSING_PASSPHRASE|BAD_PASSPHRASE|NO_SECKEY|No secret key|Bad session key" "$g/status" "$g/said"; then',
      '      if [ "$how" = "encrypted to a key" ]; then',
      '        keys=$(sed -n "s/.*ENC_TO \\([0-9A-F]*\\).*/\\1/p" "$g/status" | paste -sd " ")',
      '        unlocked "$2 is encrypted to a key ($keys) that root\'s keyring has not, or that needs another passphrase"',
      '      fi',
      '      if [ -z "$p" ]; then unlocked "$2 is encrypted with a passphrase, and none was given"; fi',
      '      unlocked "the passphrase does not open $2"',
      '    fi',
      '    say problem "$2 is broken: $(said)"; return 0',
      '  fi',
      '  while read -r number sum; do wanted["${stem}vol$number"]=$sum; done < <(awk \'/^Volume [0-9]+:/ { if (n) print n, h; n = $2 + 0; h = "-" } /^ *Hash / { h = $2 ":" $3 } END { if (n) print n, h }\' "$g/manifest")',
      '}',
      'volume() {',
      '  local id sum more',
      '  case "$2" in *.difftar | *.difftar.gz | *.difftar.gpg) ;; *) return 0;; esac',
      '  id=${2%%.difftar*}; volumes=$((volumes + 1)); sum=${wanted["$id"]:-none}; unset "wanted[$id]"',
      '  case "$sum" in none) say problem "$2 is in no manifest"; return 0;;',
      '    SHA1:*) [ "$(cat "$1".* | sha1sum | cut -d " " -f 1)" = "${sum#*:}" ] || { say problem "$2 is not what its manifest says: it was cut off, or changed"; return 0; };;',
      '  esac',
      ...(only === null ? bytesOfAll : namesNear),
      '}',
      'each manifest; each volume',
      'for id in "${!wanted[@]}"; do say problem "$id is missing: its manifest names it"; done',
      'say fact "$backups of duplicity\'s backups in $volumes volumes, $how"',
      ...(only === null
        ? ['say bytes "$bytes"']
        : [sh`shown=$(printf %s "$only" | tr "\\n\\t" "  ") LC_ALL=C awk ${standOfPath} names; rm names`]),
    ].join('\n'),
    secretOf(locked),
  )

/** What a command is given of it on its standard input. */
export const secretOf = ({ passphrase }: Pick<Locked, 'passphrase'>) =>
  passphrase !== null && 'secret' in passphrase ? { secret: passphrase.secret } : {}

/**
 * For one path: where it is made, by a name that is always the same, and the option that names it: `--file-to-restore` up to
 * 1, `--path-to-restore` from 2 on, and `-r` in all of them. What it is given is expanded, `$HOME` and all (check_file in
 * duplicity's commandline.py and cli_util.py), but not what comes of that: so it is given as a variable.
 */
const onePath = (swap: FolderSwap): string[] =>
  swap.only === null || swap.only === undefined
    ? ['to=$f one=']
    : [
        sh`d=${posix.dirname(freshFolder(swap))}`,
        'rm -rf --one-file-system -- "$d"; mkdir -m 700 -- "$d"; ln -sfn -- "$d" beside',
        sh`to=beside/new one='-r $LIFEBOAT_ONLY'; export LIFEBOAT_ONLY=${swap.only}`,
      ]

/**
 * Restores the newest backup that was fetched, or one path in it, with the owners and modes in it. Puts out what could not be restored, a line
 * each. It works with the run's own archive and temporary files: those of the host are for its own backups.
 */
export const folderOfDuplicity = (swap: FolderSwap & Locked): ShellCommand<string> =>
  changeLine(
    onStaged(
      swap,
      [
        'unlocked() { printf "%s\\n" "$1" >&2; exit 20; }',
        'rm -rf gnupg.*',
        opening(swap),
        'trash="chain archive tmp"; rm -rf $trash; mkdir -m 700 $trash',
        'own() { local parts=("$1".*); if [ ${#parts[@]} -eq 1 ]; then ln -- "${parts[0]}" "chain/$2"; else cat -- "${parts[@]}" > "chain/$2"; fi; }',
        'each own',
        sh`f=${freshFolder(swap)}`,
        'rm -rf --one-file-system -- "$f"',
        ...onePath(swap),
        'plain=; [ "$how" != "not encrypted" ] || plain=--no-encryption',
        // The newest of what was fetched, by its name: where the host's clock is behind, duplicity passes over what is yet to come.
        'latest() { local t=${2%%Z.vol*}; t=${t%%Z.manifest*}; t=${t##*.}; [[ ! $t > ${at:-} ]] || at=$t; }',
        'each latest; at="${at:0:4}-${at:4:2}-${at:6:5}:${at:11:2}:${at:13:2}+00:00"',
        // The same in 0.8 and 3: `restore`, its options, a URL, a folder.
        'options="--verbosity warning --num-retries 1 --archive-dir archive --tempdir tmp $plain $one"',
        'PASSPHRASE="$p" duplicity restore $options --log-file "$g/log" --time "$at" file://chain "$to" </dev/null >/dev/null & d=$!',
        // Once it has failed, as on a full disk, it waits for a gpg(1) that nobody reads from.
        'while kill -0 "$d" 2>/dev/null; do',
        '  sleep 0.5; grep -qs "^ERROR" "$g/log" || continue',
        '  sleep 2; cat /proc/"$d"/task/*/children 2>/dev/null | xargs -r kill 2>/dev/null || true',
        'done',
        'wait "$d"',
        'sync -f "$f"',
        // It ends well all the same. WarningCode in its log.py: cannot_iterate to cannot_read, cannot_process, process_skipped.
        'awk \'/^[A-Z]/ { lost = $0 ~ /^WARNING (8|9|10|12|13)( |$)/ } lost && /^\\. / && ++n <= 20 { sub(/^\\. /, ""); printf "warning\\t%s\\n", $0 }\' "$g/log"',
      ].join('\n'),
    ),
    { ...secretOf(swap), timeoutMs: 24 * 3_600_000 },
  )

/** The version of the host's duplicity; null where it has none. */
export const duplicityVersion = (): ShellCommand<string | null> =>
  readLine('duplicity --version 2>/dev/null; true', ({ stdout }) => /^duplicity (\S+)/m.exec(stdout)?.[1] ?? null)
