// The kinds of dumps that people have, each with real data on the real host. docker and snap have no daemon there: small
// commands stand in for them, which do the same with the real PostgreSQL, and with files.
import { bucket, dated, outputOf, put } from '../dump-scene.ts'
import { putFolder, standIn, yesterdays, type Dumped } from './dumped.ts'

/** A name as nobody should give one. */
const odd = `it's "odd"; $(x)`

/** As a word of bash. */
const oddWord = `$'it\\'s "odd"; $(x)'`

const everything = (folder: string, but = ''): string =>
  `cd ${folder} && find . ${but} -printf '%P %y %m %U:%G %l\\n' | sort; find . ${but} -type f -exec sha256sum {} + | sort -k 2`

const psql = 'runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1'

const tables = `cd / && for d in forum ${oddWord}; do ${psql} -At -d "dbname='$(printf %s "$d" | sed "s/'/\\\\\\\\'/g")'" -c "select count(*), md5(string_agg(id || ' ' || said, ',' order by id)) from posts"; done`

const databases = {
  make: [
    'systemctl start postgresql@15-main.service; cd /',
    `${psql} -c 'create role forum login; create role boss superuser login'`,
    ...['forum', oddWord].map((name) => `${psql} -v n=${name} <<'SQL'\ncreate database :"n" owner forum;\nSQL`),
    `for d in forum ${oddWord}; do printf '%s' "create table posts (id int primary key, said text); insert into posts select g, md5(g::text) from generate_series(1, 3000) g; alter table posts owner to forum" | ${psql} -d "dbname='$(printf %s "$d" | sed "s/'/\\\\\\\\'/g")'"; done`,
  ].join('\n'),
  remove: [
    'systemctl start postgresql@15-main.service; cd /',
    `${psql} -At <<'SQL'\nselect format('drop database %I', datname) from pg_database where datname ~ '^(forum|it)' \\gexec\nSQL`,
    `${psql} -c 'drop role if exists forum; drop role if exists boss'; systemctl stop postgresql@15-main.service`,
  ].join('\n'),
  look: tables,
  spoil: `cd / && ${psql} -d forum -c "delete from posts where id > 7"`,
}

// Nothing is made beside the old databases: they make way first.
const fillsAt = 'put-in-place'

const postgres: Dumped = {
  title: 'PostgreSQL',
  isStreamable: true,
  ...databases,
  fillsAt,
  entry: { from: `s3://${bucket}/postgresql/`, into: 'postgres' },
  dump: async (scene) =>
    put(
      scene,
      yesterdays('postgresql', 'all.sql.gz'),
      await outputOf(scene, 'cd / && runuser -u postgres -- pg_dumpall | gzip'),
    ),
  damaged: 'all.sql.gz',
}

const docker: Dumped = {
  title: 'PostgreSQL in a container',
  isElsewhere: true,
  isStreamable: true,
  ...databases,
  fillsAt,
  entry: { from: `s3://${bucket}/synapse/`, into: 'docker:synapse-db:boss' },
  async dump(scene) {
    await scene.onHost(
      'mkdir -p /var/lib/stand-in && ln -s /var/run/postgresql /var/lib/stand-in/sockets',
      'rm -rf /var/lib/stand-in',
    )
    // Whoever is root in the container is the superuser there.
    await scene.onHost(
      "sed -i '1i local all boss trust' /etc/postgresql/15/main/pg_hba.conf && systemctl reload postgresql@15-main",
      "sed -i '/boss trust/d' /etc/postgresql/15/main/pg_hba.conf",
    )
    await standIn(scene, 'docker', { STAND_IN_DOCKER: '/var/lib/stand-in' })
    await put(
      scene,
      yesterdays('synapse', 'all.sql.gz'),
      await outputOf(scene, 'cd / && runuser -u postgres -- pg_dumpall | gzip'),
    )
  },
  damaged: 'all.sql.gz',
}

const files = (folder: string): string =>
  [
    `mkdir -p ${folder}/deep/er ${folder}/${oddWord} && cd ${folder}`,
    'head -c 300000 /dev/urandom | base64 > blob; echo one > deep/er/one; echo - > ./-n',
    `echo odd > ${oddWord}/$'two\\nlines'; echo plain > ${oddWord}/plain`,
    'chown -R alice:alice .; chmod 750 .',
  ].join('\n')

const spoilFiles = (folder: string): string =>
  `cd ${folder} && rm -r deep && echo broken > blob && echo new > written-since`

const folder: Dumped = {
  title: 'a folder',
  isElsewhere: true,
  entry: { from: `s3://${bucket}/www/`, into: '/srv/www', owner: 'alice:alice' },
  // S3 keeps no modes and no empty folders.
  look: everything('/srv/www', '-type f'),
  make: files('/srv/www'),
  remove: 'rm -rf /srv/www*',
  dump: (scene) => putFolder(scene, '/srv/www', 'www'),
  spoil: spoilFiles('/srv/www'),
  damaged: '/blob',
}

const archive: Dumped = {
  title: 'an archive',
  isStreamable: true,
  isElsewhere: true,
  entry: { from: `s3://${bucket}/tars/`, into: '/srv/www' },
  look: everything('/srv/www'),
  make: files('/srv/www'),
  remove: 'rm -rf /srv/www*',
  dump: async (scene) =>
    put(scene, yesterdays('tars', `${odd}.tar.zst`), await outputOf(scene, 'tar -C /srv -cf - www | zstd -q')),
  spoil: spoilFiles('/srv/www'),
  damaged: '.tar.zst',
}

const pool = {
  make: `truncate -s 300M /root/dumps.img && zpool create -O mountpoint=/tank tank /root/dumps.img && zfs create tank/www\n${files('/tank/www')}`,
  remove: 'zpool destroy -f tank; rm -rf /root/dumps.img /root/key /tank',
  look: everything('/tank/www'),
  spoil: spoilFiles('/tank/www'),
  fill: 'zfs create -o reservation=$(($(zfs get -Hpo value available tank) - 131072)) tank/ballast',
  empty: 'zfs list tank/ballast >/dev/null 2>&1 && zfs destroy tank/ballast; true',
}

const streams: Dumped = {
  title: 'streams of zfs send',
  isStreamable: true,
  isElsewhere: true,
  ...pool,
  entry: { from: `s3://${bucket}/zfs/`, into: 'tank/www' },
  async dump(scene) {
    await scene.ssh('zfs snapshot tank/www@one; echo later > /tank/www/later; zfs snapshot tank/www@two')
    await put(scene, yesterdays('zfs', '1-full.zfs.gz'), await outputOf(scene, 'zfs send tank/www@one | gzip'))
    await put(
      scene,
      yesterdays('zfs', '2-incr.zfs.zst'),
      await outputOf(scene, 'zfs send -i @one tank/www@two | zstd -q'),
    )
  },
  damaged: '1-full.zfs.gz',
}

const sealed: Dumped = {
  ...streams,
  title: 'raw streams of an encrypted dataset',
  make: pool.make.replace(
    'zfs create tank/www',
    'head -c 32 /dev/urandom > /root/key && zfs create -o encryption=on -o keyformat=raw -o keylocation=file:///root/key tank/www',
  ),
  entry: { from: `s3://${bucket}/sealed/`, into: 'tank/www' },
  async dump(scene) {
    await scene.ssh('zfs snapshot tank/www@one; echo later > /tank/www/later; zfs snapshot tank/www@two')
    await put(
      scene,
      yesterdays('sealed', '1-full.zfs.zst'),
      await outputOf(scene, 'zfs send -w tank/www@one | zstd -q'),
    )
    await put(scene, yesterdays('sealed', '2-incr.zfs'), await outputOf(scene, 'zfs send -w -i @one tank/www@two'))
  },
  damaged: '2-incr.zfs',
}

const backups = (prefix: string): string => `/root/backups/${prefix}`

const duplicity: Dumped = {
  title: 'backups of duplicity',
  entry: { from: `s3://${bucket}/duplicity/`, into: '/srv/www' },
  passphrase: `correct "horse" 'battery' $(x)`,
  look: everything('/srv/www'),
  make: files('/srv/www'),
  remove: 'rm -rf /srv/www* /root/backups /root/.cache/duplicity',
  async dump(scene) {
    const run = (how: string, at: number) =>
      `mkdir -p ${backups('all')}; export PASSPHRASE=$'correct "horse" \\'battery\\' $(x)'; duplicity ${how} --current-time ${at} --volsize 1 /srv/www file://${backups('all')} >/dev/null`
    const day = Math.floor(Date.now() / 1000) - 2 * 86_400
    await scene.ssh(`mv /srv/www/deep /srv/deep; ${run('full', day)}; mv /srv/deep /srv/www/deep`)
    await scene.ssh(run('incr', day + 86_400))
    await putFolder(scene, backups('all'), 'duplicity')
  },
  spoil: spoilFiles('/srv/www'),
  damaged: 'vol1.difftar.gpg',
}

const secretKey = '/home/user-data/backup/secret_key.txt'

const mailInABox: Dumped = {
  title: 'Mail-in-a-Box',
  isElsewhere: true,
  entry: {
    from: `s3://${bucket}/box/`,
    kind: 'duplicity',
    into: '/home/user-data',
    key_file: secretKey,
    keep: ['backup'],
  },
  host: { cron: ['/etc/cron.d/mailinabox-nightly'] },
  look: everything('/home/user-data', '-path ./backup -prune -o'),
  make: [
    files('/home/user-data'),
    "mkdir backup; (umask 077; openssl rand -base64 2048 > backup/secret_key.txt); printf '0 3 * * * root touch /root/nightly\\n' > /etc/cron.d/mailinabox-nightly",
  ].join('\n'),
  remove: 'rm -rf /home/user-data* /etc/cron.d/mailinabox-nightly',
  async dump(scene) {
    // As its management/backup.py does.
    await scene.ssh(
      `export PASSPHRASE="$(head -n 1 ${secretKey})"; duplicity full --archive-dir /home/user-data/backup/cache --exclude /home/user-data/backup --volsize 250 --gpg-options='--cipher-algo=AES256' --allow-source-mismatch /home/user-data file:///home/user-data/backup/encrypted >/dev/null`,
    )
    await putFolder(scene, '/home/user-data/backup/encrypted', 'box')
  },
  spoil: spoilFiles('/home/user-data'),
  damaged: 'vol1.difftar.gpg',
}

const snap = '/var/snap/rocketchat-server'
const mongo = '/etc/systemd/system/snap.rocketchat-server.rocketchat-mongo.service'

const rocketchat: Dumped = {
  title: "Rocket.Chat's snap",
  entry: { from: `s3://${bucket}/rocketchat/`, into: 'rocketchat-server' },
  unit: 'snap.rocketchat-server.rocketchat-server.service',
  look: `cd ${snap}/parties && sha256sum *`,
  make: `printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > ${mongo} && systemctl daemon-reload && systemctl start snap.rocketchat-server.rocketchat-mongo && mkdir -p ${snap}/common ${snap}/parties && cd ${snap}/parties && for n in rocketchat_message rocketchat_room users; do head -c 20000 /dev/urandom | base64 > $n.bson; done`,
  remove: `systemctl stop snap.rocketchat-server.rocketchat-mongo; rm -rf ${snap} ${mongo}`,
  async dump(scene) {
    await standIn(scene, 'snap', { STAND_IN_SNAP: snap })
    await scene.ssh('snap run rocketchat-server.backupdb')
    const name = `rocketchat_backup_${dated(1)}.tar.gz`
    await put(scene, yesterdays('rocketchat', name), await outputOf(scene, `cat ${snap}/common/backup/*.tar.gz`))
    await scene.ssh(`rm ${snap}/common/backup/*`)
  },
  spoil: `cd ${snap}/parties && echo nothing > rocketchat_message.bson`,
  damaged: '.tar.gz',
}

export const kinds: readonly Dumped[] = [
  postgres,
  docker,
  folder,
  archive,
  streams,
  sealed,
  duplicity,
  mailInABox,
  rocketchat,
]
