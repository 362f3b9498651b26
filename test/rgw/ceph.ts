// What Ceph has to have before it starts: its programs, and its settings.
import { execa } from 'execa'

const packages = 'apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common'

/** @throws Error with the line that installs what is missing */
export async function requireCeph(): Promise<void> {
  const programs = ['ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin']
  const found = await Promise.all(programs.map((each) => execa('which', [each], { reject: false })))
  const missing = programs.filter((_, at) => found[at]?.exitCode !== 0)
  if (missing.length > 0)
    throw new Error(`these tests need Ceph's S3, and there is no ${missing.join(', ')} here:\n  ${packages}`)
}

/** ceph.conf(5). What Ceph keeps for its safety between machines is switched off: there is one, for some minutes. */
export const settings = (folder: string, cluster: string, monitor: string, port: number): string =>
  [
    '[global]',
    `fsid = ${cluster}`,
    `mon_host = ${monitor}`,
    'mon_initial_members = a',
    `mon_data = ${folder}/mon`,
    // A disk that others have nearly filled is no reason to stop.
    'mon_data_avail_crit = 1',
    'mon_allow_pool_size_one = true',
    'auth_cluster_required = none',
    'auth_service_required = none',
    'auth_client_required = none',
    'public_network = 127.0.0.0/8',
    'ms_bind_msgr2 = false',
    `osd_data = ${folder}/osd`,
    'osd_objectstore = memstore',
    'memstore_device_bytes = 4294967296',
    // The store would say where it is before it has heard which cluster this is, be refused now and then, and end.
    'osd_class_update_on_start = false',
    'osd_crush_update_on_start = false',
    'osd_crush_chooseleaf_type = 0',
    'osd_pool_default_size = 1',
    'osd_pool_default_min_size = 1',
    'osd_pool_default_pg_num = 1',
    'osd_pool_default_pgp_num = 1',
    'osd_pool_default_pg_autoscale_mode = off',
    `rgw_frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1`,
    `rgw_data = ${folder}/rgw`,
    `run_dir = ${folder}/run`,
    `admin_socket = ${folder}/run/$name.sock`,
    `pid_file = ${folder}/run/$name.pid`,
    `log_file = ${folder}/$name.log`,
    '',
  ].join('\n')
