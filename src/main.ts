// What was typed becomes a command. Each command is loaded only when it is the one.
import { Command, CommanderError, Option } from 'commander'
import type { CommonOptions, Surroundings } from './commands/options.ts'
import type { StopSignal } from './text/errors.ts'
import { version } from './version.ts'

const many = (value: string, earlier: string[]): string[] => [...earlier, value]

const withCommon = (command: Command): Command =>
  command
    .option('--config <file>', 'the config to use (LIFEBOAT_CONFIG)')
    .option('--state-dir <dir>', 'where runs are kept (LIFEBOAT_STATE_DIR)')
    .option('--cache-dir <dir>', 'where the lab keeps its images (LIFEBOAT_CACHE_DIR)')
    .option('--json', 'one JSON object a line on stdout; asks nothing')
    .option('--plain', 'plain lines and numbered answers')
    .option('--ascii', 'screens of ASCII characters only')

const withRun = (command: Command): Command =>
  withCommon(command)
    .option('--host <name>', 'the host whose data comes back, as in the config, or an ssh destination')
    .addOption(new Option('--source <kind>', 'where the data comes from').choices(['ebs', 'dump', 'local']))
    .option('--instance <id>', 'the EC2 instance of the host')
    .option('--launch-template <id>', 'launch a recovery instance from lt-…[:VERSION], and restore onto it')
    .option('--snapshot <which>', 'latest, or an EBS snapshot (snap-…)')
    .option('--dump <which>', 'latest, or a dump in S3 (s3://BUCKET/PREFIX)')
    .option('--dump-as-of <time>', 'the dump as it was then, from the older versions that the bucket keeps')
    .option('--dump-kind <kind>', 'what the dump is, where its name does not tell: postgres, folder, archive, …')
    .option('--only <path>', "of a dump one file or folder, by its path from the dump's root")
    .addOption(
      new Option(
        '--fetch <who>',
        'who fetches the dump: the host, this machine over ssh, or nobody: the host streams it, for want of room',
      ).choices(['host', 'ssh', 'stream']),
    )
    .addOption(
      new Option('--retrieval <tier>', 'how fast S3 brings back what is archived').choices([
        'Standard',
        'Bulk',
        'Expedited',
      ]),
    )
    .option('--at <when>', "head, latest, a snapshot's name, or an ISO time with its zone")
    .addOption(
      new Option('--way <how>', 'keep the head, roll back, put a clone in place, or copy files out').choices([
        'none',
        'rollback',
        'clone',
        'files',
      ]),
    )
    .option('--dataset <name>', 'only this dataset and those below it (repeatable)', many, [])
    .option('--path <path>', 'with --way files: the file or folder to copy out; all of it when not given')
    .option('--to <dir>', 'with --way files: the folder on the host to copy to')
    .option('--volume-type <type>', 'gp3, gp2 or st1')
    .option('--init-rate <MiB/s>', 'fetch all blocks at this rate, 100 to 300', Number)
    .option('--incident-at <time>', 'when the data was lost, to say how much')
    .option('--host-key <fingerprint>', 'the SHA256:… of a host key that is not known yet')
    .option('--confirm <name>', "the host's name: confirms the destruction that is shown (repeatable)", many, [])
    .option(
      '--secret <name=@file>',
      'ssh-key, sudo, passphrase or key:DATASET, from a file or fd:N (repeatable)',
      many,
      [],
    )
    .option('--take-over <run>', 'take the host over from a run that is not coming back')
    .option('--yes', 'take suggestions, also where a service is stopped or a schedule held')
    .option('--no-input', 'ask nothing')

const labHost = (): Option =>
  new Option('--host <kind>', 'a simulated host, or a virtual machine with a real system')
    .choices(['simulated', 'vm'])
    .default('simulated')

const labDelays = (): Option =>
  new Option('--delays <kind>', 'how long AWS takes: not at all, or as long as it really does')
    .choices(['none', 'real'])
    .default('none')

type Options = CommonOptions & Record<string, unknown>

/** The program's commands. `run` gets the chosen one's work; nothing is loaded before. */
function program(run: (work: () => Promise<number>, options: Options) => void, surroundings: Surroundings): Command {
  const lifeboat = new Command('lifeboat')
    .description(
      "Brings a lost server's data back from its backups, one visible step at a time, and proves that the services run on it.",
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void surroundings.stdout.write(text),
      writeErr: (text) => void surroundings.stderr.write(text),
    })
    .showHelpAfterError('(lifeboat --help tells what there is)')
    .configureHelp({ showGlobalOptions: false })
  withRun(lifeboat.command('restore', { isDefault: true }))
    .option('--dry-run', 'ask, look and show what would be done; make nothing')
    .description('bring the data back (the default)')
    .action((options: Options) =>
      run(async () => (await import('./commands/restore.ts')).restoreCommand(options, surroundings), options),
    )
  withRun(lifeboat.command('plan'))
    .option('--out <file>', 'where the plan is written')
    .description('write down what a restore would do, and make nothing')
    .action((options: Options) =>
      run(async () => (await import('./commands/plan.ts')).planCommand(options, surroundings), options),
    )
  withCommon(lifeboat.command('apply'))
    .argument('<plan>', 'the file that plan wrote')
    .option('--confirm <name>', "the host's name: confirms what the plan may destroy (repeatable)", many, [])
    .option(
      '--secret <name=@file>',
      'ssh-key, sudo, passphrase or key:DATASET, from a file or fd:N (repeatable)',
      many,
      [],
    )
    .description('do what a plan says, without questions')
    .action((path: string, options: Options) =>
      run(async () => (await import('./commands/apply.ts')).applyCommand(path, options, surroundings), options),
    )
  withRun(lifeboat.command('resume'))
    .argument('[run]', 'the run; the only unfinished one when not given')
    .description('go on with a run that was interrupted')
    .action((named: string | undefined, options: Options) =>
      run(async () => (await import('./commands/resume.ts')).resumeCommand(named, options, surroundings), options),
    )
  withRun(lifeboat.command('undo'))
    .argument('[run]', 'the run; the only unfinished one when not given')
    .description('take back what a run made')
    .action((named: string | undefined, options: Options) =>
      run(async () => (await import('./commands/undo.ts')).undoCommand(named, options, surroundings), options),
    )
  withCommon(lifeboat.command('runs'))
    .description('list the runs of this machine')
    .action((options: Options) =>
      run(async () => (await import('./commands/runs.ts')).runsCommand(options, surroundings), options),
    )
  withCommon(lifeboat.command('report'))
    .argument('<run>', 'the run')
    .description('print what a run did, with every command that changed something')
    .action((named: string, options: Options) =>
      run(async () => (await import('./commands/report.ts')).reportCommand(named, options, surroundings), options),
    )
  withCommon(lifeboat.command('lab'))
    .description('a world to practise in: AWS endpoints and a host, on this machine')
    .addOption(labHost())
    .option('--scenario <id>', 'the incident that it begins with (drill --list tells which there are)')
    .option('--seed <number>', 'makes what is random in it the same again', '1')
    .addOption(labDelays())
    .action((options: Options & { host: string; delays: string; seed: string; scenario?: string }) =>
      run(async () => (await import('./commands/lab.ts')).labCommand(options, surroundings), options),
    )
  withCommon(lifeboat.command('drill'))
    .argument('[scenario]', 'the incident; asked when not given')
    .option('--unattended', "answer with the wizard's own suggestions")
    .option('--seed <number>', 'makes what is random in it the same again', '1')
    .option('--host <which>', 'simulated or vm (the lab); with --account, the host of the config')
    .addOption(labDelays())
    .option(
      '--account',
      'rehearse on the AWS account: the newest EBS snapshot, on a scratch instance that is ended again',
    )
    .option('--launch-template <id>', 'with --account: image, type, key and subnet come from lt-…[:VERSION]')
    .option('--ssh-from <network>', 'with --account: who may reach the scratch instance, such as 203.0.113.7/32')
    .option('--secret <name=@file>', 'with --account: ssh-key or sudo, from a file or fd:N (repeatable)', many, [])
    .option('--take-over <run>', 'with --account: remove what a drill left that is not coming back')
    .option('--list', 'the incidents that there are')
    .option('--history', 'the drills of this machine')
    .option('--timer', 'print a systemd timer that rehearses every week')
    .description('rehearse a restore: the same program, on a world of its own on this machine')
    .action((scenario: string | undefined, options: Options & { host?: string; delays: string; seed: string }) =>
      run(async () => (await import('./commands/drill.ts')).drillCommand(scenario, options, surroundings), options),
    )
  withCommon(lifeboat.command('learn'))
    .argument('[lesson]', 'the lesson, by its name or number; asks for it when not given')
    .option('--list', 'the lessons, and how far you are')
    .option('--summary', 'what was done when, for who leads a team')
    .description('a course for who has never restored a server: an hour, in a world of its own on this machine')
    .action((lesson: string | undefined, options: Options) =>
      run(async () => (await import('./commands/learn.ts')).learnCommand(lesson, options, surroundings), options),
    )
  return lifeboat
}

async function refuse(thrown: unknown, options: CommonOptions, { stdout, stderr, env }: Surroundings): Promise<number> {
  const { asLifeboatError, errorObject, exitCodeOf } = await import('./run/errors.ts')
  const { typedHere, writeRefusal } = await import('./commands/output.ts')
  const error = asLifeboatError(thrown)
  const exitCode = exitCodeOf(error, false)
  writeRefusal(
    { stdout, stderr },
    options.json === true,
    exitCode,
    errorObject(error, (text) => text),
    () => new Date(),
    typedHere(options, env),
  )
  if (exitCode === 70 && error.cause instanceof Error) stderr.write(`${error.cause.stack ?? ''}\n`)
  return exitCode
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly StopSignal[]

function processSurroundings(): Surroundings {
  let lent = false
  // Also where nobody waits for signals any more: an error that nobody hears would end the program.
  process.stdout.on('error', () => {})
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onSignal(handler) {
      // Whoever read the output is gone: the same as a terminal that hung up, and said once, however much is still written.
      let gone = false
      const unread = (): void => {
        if (!gone) handler('SIGHUP')
        gone = true
      }
      const told = (signal: StopSignal): void => {
        if (signal !== 'SIGINT' || !lent) handler(signal)
      }
      process.stdout.on('error', unread)
      for (const signal of signals) process.on(signal, told)
      return () => {
        process.stdout.off('error', unread)
        for (const signal of signals) process.off(signal, told)
      }
    },
    async lend(work) {
      lent = true
      try {
        return await work()
      } finally {
        lent = false
      }
    },
  }
}

/** Runs the command line. @returns the exit code */
export async function main(args: readonly string[], surroundings = processSurroundings()): Promise<number> {
  let chosen: { work: () => Promise<number>; options: Options } | undefined
  try {
    await program((work, options) => (chosen = { work, options }), surroundings).parseAsync([...args], { from: 'user' })
    return (await chosen?.work()) ?? 0
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : refuseUsage(thrown, args, surroundings)
    return refuse(thrown, chosen?.options ?? {}, surroundings)
  }
}

/** Commander has told a person what is wrong with the line; a program gets its object. */
function refuseUsage(thrown: CommanderError, args: readonly string[], { stdout }: Surroundings): number {
  if (args.includes('--json')) {
    const error = {
      code: 'usage',
      message: thrown.message.replace(/^error: /, ''),
      notChanged: [],
      exists: [],
      next: [],
    }
    stdout.write(`${JSON.stringify({ v: 1, at: new Date().toISOString(), type: 'error', exitCode: 2, error })}\n`)
  }
  return 2
}
