// Who asks AWS, whether it may, and whether AWS answers: looked at before anything else.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FaultRule } from '../../../src/lab/cloud/fault-rules.ts'
import type { Scene } from '../rig.ts'
import type { BadDay } from './bad-day.ts'

const preflight = (code: string) => ({ exitCode: 5, code })

/** As on a machine where nobody ever set AWS up. */
const noAws = ({ dir }: Scene) => ({
  HOME: dir,
  AWS_PROFILE: undefined,
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
})

const withKeys = (id: string, secret: string) => (scene: Scene) =>
  writeFile(join(scene.dir, 'credentials'), `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`)

const answeringAlways = (fault: FaultRule['fault']) => () => [
  { action: 'DescribeInstances', fault, times: 'always' } satisfies FaultRule,
]

export const accessRefused: readonly BadDay[] = [
  {
    situation: 'there are no AWS credentials',
    provoke: (scene) => scene.editConfig(({ aws }) => delete aws['credentials_file']),
    env: noAws,
    ...preflight('no-credentials'),
    message: /^there are no AWS credentials/,
    next: [/^aws configure list$/],
  },
  {
    situation: 'the access key is not known to AWS',
    provoke: withKeys('AKIAIOSFODNN7EXAMPLE', 'nobody'),
    ...preflight('credentials-refused'),
    message: /AWS refuses the credentials \(InvalidClientTokenId\)/,
    next: [/^aws sts get-caller-identity/],
  },
  {
    situation: 'the secret key is wrong',
    async provoke(scene) {
      const { accessKeyId } = scene.keys
      await withKeys(accessKeyId, 'nobody')(scene)
    },
    ...preflight('credentials-refused'),
    message: /AWS refuses the credentials \(SignatureDoesNotMatch\)/,
    next: [/^aws sts get-caller-identity/],
  },
  {
    situation: 'the identity may not look at instances',
    world: (world) => ({ ...world, denied: ['ec2:DescribeInstances'] }),
    ...preflight('UnauthorizedOperation'),
    message: /ec2:DescribeInstances/,
  },
  {
    situation: 'the identity may not make or attach volumes',
    world: (world) => ({ ...world, denied: ['ec2:CreateVolume', 'ec2:AttachVolume'] }),
    ...preflight('permission-missing'),
    message: /lacks ec2:CreateVolume, ec2:AttachVolume/,
    next: [/^aws iam simulate-principal-policy /],
  },
  {
    situation: 'the AWS endpoint does not answer',
    provoke: (scene) =>
      scene.editConfig(({ aws }) =>
        Object.assign(aws, { endpoint_ec2: 'http://127.0.0.1:9', endpoint_sts: 'http://127.0.0.1:9' }),
      ),
    ...preflight('endpoint-unreachable'),
    message: /127\.0\.0\.1:9/,
  },
  {
    situation: 'AWS throttles every call',
    faults: answeringAlways({ kind: 'error', code: 'RequestLimitExceeded' }),
    ...preflight('RequestLimitExceeded'),
    message: /AWS is throttling this account's calls/,
  },
  {
    situation: 'AWS is in trouble itself',
    faults: answeringAlways({ kind: 'error', code: 'Unavailable' }),
    ...preflight('Unavailable'),
    message: /AWS itself is in trouble/,
  },
  {
    situation: 'a proxy answers in place of AWS',
    faults: answeringAlways({ kind: 'html', status: 403 }),
    ...preflight('not-aws'),
    message: /answered with a web page, HTTP 403, and not AWS/,
    next: [/^curl /],
  },
]
