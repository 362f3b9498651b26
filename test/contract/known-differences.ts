// Where the simulated host is known to say something else, and why that is left so. What is not here has to be the same, and
// what is here has to differ: one that is mended has to go.
const systemDisk = 'the lab has one link less for each disk: udev makes a second one of the namespace'
const ofTheShell = 'just-bash is the shell of the lab, and speaks of its own errors as bash does'

/** By story and case. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a host without its pool': {
    'links of disks': systemDisk,
    'crontabs of snapshots': 'grep of the lab says nothing of a pattern that stands for no file; nothing reads that',
    'cd /nope': ofTheShell,
  },
  'a pool at work': {
    'zfs rename tank/chat tank/home': 'a real host unmounts before it looks whether the name is taken; both refuse',
  },
  checkpoints: {
    'rewinding to none': 'two lines of advice on standard output are missing',
  },
  'folders from dumps': {
    'a place that is a mountpoint': 'the lab mounts nothing below /run',
  },
  'streams from dumps': {
    'echo nope | zfs receive tank/none': 'a real host says that it read too little; both refuse',
    'echo nope | zstream dump': 'a real host counts no records and is content; the check takes both for no stream',
    'zfs receive tank/chat < /var/lib/lifeboat/r1/1.0':
      'a real host passes over a snapshot that it has; the lab refuses it, and nothing asks for that',
  },
  'units and gates': {
    'why it is not started': 'the lab names the drop-in and says that a condition failed, in fewer lines',
    'systemctl show -p Unit,AccuracyUSec,RemainAfterElapse lifeboat-r1-lift.timer':
      'the lab keeps no property of a timer but what its steps ask for',
    'systemd-run --quiet --wait --collect --unit=x -- /bin/nope':
      'the lab looks for the program when the unit starts; both fail',
    'systemctl is-active nope.service; systemctl is-enabled chat.service nope.service; systemctl show -p ActiveState --value chat.service':
      'the lab has an empty line for a unit that is not there',
  },
}
