#!/usr/bin/perl
# Lives through a week of the host irc-1, in the guest, with the guest's clock. One program, because each command over
# ssh costs more under emulation than the work itself.
#   week.pl create DISK BEGIN   a pool two months old at the instant BEGIN (seconds since 1970, a full hour)
#   week.pl until INSTANT       goes on from where it stopped; at each full hour zfsnap makes its snapshots
# Prints one JSON line for each hourly snapshot and one for where it stopped: what the data then was.
use strict;
use warnings;
use Digest::SHA;
use POSIX qw(strftime);

use constant { HOUR => 3600, DAY => 86400, POOL => 'tank' };
my $state = '/run/week.at';
my $log = '/' . POOL . '/chat/messages.log';
my $notes = '/' . POOL . '/home/alice/notes.txt';

sub run { system(@_) == 0 or die "week.pl: failed: @_\n" }

# settimeofday(2) itself: a `date` for each step would cost a process.
sub set_clock {
  my ($at) = @_;
  syscall(164, pack('qq', $at, 0), 0) == 0 or die "week.pl: cannot set the clock: $!\n";
}

sub iso { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($_[0])) }

sub append {
  my ($path, @lines) = @_;
  open(my $file, '>>', $path) or die "week.pl: $path: $!\n";
  print $file map { "$_\n" } @lines;
  close($file) or die "week.pl: $path: $!\n";
}

sub any { return $_[int rand @_] }

my @nicks = qw(alice bob carol dave erin frank grace heidi);
my @openings = ('is anyone looking at', 'just finished', 'who broke', 'thanks for', 'can we talk about', 'I will take',
  'still waiting for', 'please review');
my @matters = ('the mail queue', 'the new rack', 'the build', 'the release notes', 'the invoices', 'the certificate',
  'the backup report', 'tomorrow\'s maintenance', 'the door badge list', 'the printer on floor two');

sub chat_lines {
  my (@at) = @_;
  return map { iso($_) . ' ' . any(@nicks) . ' ' . any(@openings) . ' ' . any(@matters) } @at;
}

sub create {
  my ($disk, $begin) = @_;
  my $born = $begin - 61 * DAY;
  run(qw(systemctl stop cron chat-backup.timer));
  set_clock($born);
  run(qw(zpool create -o ashift=12 -O compression=lz4 -O atime=off -O), 'mountpoint=/' . POOL, POOL, $disk);
  run(qw(zfs create), POOL . "/$_") for qw(chat home home/alice home/bob);
  run(qw(zfs create -o quota=200M), POOL . '/mail');
  run(qw(zfs create -o canmount=noauto), POOL . '/scratch');
  run(qw(zfs mount), POOL . '/scratch');

  srand(7);
  my @at = sort { $a <=> $b } map { $born + HOUR + int rand($begin - $born - 2 * HOUR) } 1 .. 480;
  append($log, chat_lines(@at));
  append('/tank/chat/topics.txt', 'ops: keep calm, read the runbook', 'lunch: soup on Thursdays');
  append($notes, 'Notes', '- order disks for irc-1', '- ask Bob about the mail quota');
  append('/tank/home/alice/todo.txt', 'renew the certificate', 'clean up /tank/scratch');
  mkdir '/tank/home/bob/reports';
  append("/tank/home/bob/reports/2026-w$_.csv", 'day,messages', map { "$_," . int rand 300 } qw(mon tue wed thu fri))
    for 10 .. 16;
  append("/tank/mail/$_", "From ops\@irc-1 $_", 'Subject: welcome', '', "Hello $_.", '') for qw(alice bob);
  # Incompressible, so that a copy of the disk has something to carry.
  open(my $random, '<', '/dev/urandom') or die $!;
  open(my $blob, '>', '/tank/scratch/core.1432') or die $!;
  for (1 .. 32) { read($random, my $piece, 65536); print $blob $piece }
  close($blob);
  run('sh', '-c', 'chown -R chat:chat /tank/chat; chown -R alice:alice /tank/home/alice /tank/mail/alice;'
    . ' chown -R bob:bob /tank/home/bob /tank/mail/bob; chmod 750 /tank/chat; chmod 700 /tank/home/alice /tank/home/bob');
  set_clock($begin);
  run(qw(systemctl reset-failed chat.service));
  run(qw(systemctl start chat.service));
  remember($begin);
}

sub remember {
  open(my $file, '>', $state) or die $!;
  print $file $_[0];
  close($file);
}

sub go_on_until {
  my ($stop) = @_;
  open(my $file, '<', $state) or die "week.pl: $state: $!\n";
  my $at = <$file>;
  while ($at < $stop) {
    my $hour = ($at - $at % HOUR) + HOUR;
    my $next = $hour < $stop ? $hour : $stop;
    live($at, $next);
    set_clock($next);
    $at = $next;
    at_full_hour($at) if $at % HOUR == 0;
  }
  run(qw(zpool sync), POOL);
  report('head', $at);
  remember($at);
}

# What people write between two instants, and when: more by day, at least one record.
sub live {
  my ($from, $to) = @_;
  srand($from);
  my $of_day = (gmtime $from)[2];
  my $records = $of_day < 7 ? 1 : 3 + int rand 4;
  my @at = sort { $a <=> $b } map { $from + 5 + int rand($to - $from - 10) } 1 .. $records;
  set_clock($at[-1]);
  append($log, chat_lines(@at));
  return if $of_day < 7;
  append($notes, '- ' . any(@openings) . ' ' . any(@matters)) if rand() < 0.7;
  append('/tank/mail/' . any('alice', 'bob'), 'From ' . any(@nicks) . '@irc-1 ' . iso($at[-1]), 'Subject: ' . any(@matters), '',
    any(@openings) . ' ' . any(@matters), '') if rand() < 0.5;
  append('/tank/home/bob/reports/daily.csv', iso($at[0]) . ',' . int rand 300) if $of_day == 9;
}

# What cron does at this hour, by the same commands as /etc/cron.d/zfsnap and chat-backup.timer.
sub at_full_hour {
  my ($at) = @_;
  run(qw(zfSnap -e -z -a 1w -r), POOL);
  report('hourly', $at);
  my $of_day = (gmtime $at)[2];
  run(qw(zfSnap -e -z -a 1m -r), POOL) if $of_day == 0;
  return if $of_day != 2;
  set_clock($at + HOUR / 2);
  run('/usr/local/bin/chat-backup');
}

sub report {
  my ($kind, $at) = @_;
  my %sum = map { $_ => Digest::SHA->new(256)->addfile($_)->hexdigest } $log, $notes;
  my ($newest, $records) = ('', 0);
  open(my $file, '<', $log) or die $!;
  while (<$file>) { ($newest) = /^(\S+)/; $records++ }
  my $name = $kind eq 'hourly' ? strftime('"%Y-%m-%d_%H.%M.%S--1w"', gmtime($at)) : 'null';
  printf qq({"kind":"%s","snapshot":%s,"at":"%s","messagesSha256":"%s","notesSha256":"%s","records":%d,"newestRecordAt":"%s"}\n),
    $kind, $name, iso($at), $sum{$log}, $sum{$notes}, $records, $newest;
}

my ($phase, @rest) = @ARGV;
if (($phase // '') eq 'create' && @rest == 2) { create(@rest) }
elsif (($phase // '') eq 'until' && @rest == 1) { go_on_until(@rest) }
else { die "usage: week.pl create DISK BEGIN | until INSTANT\n" }
