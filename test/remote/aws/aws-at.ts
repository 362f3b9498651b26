import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAws, type Aws } from '../../../src/remote/aws/client.ts'
import { world } from '../../lab/cloud/helpers.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'

const keys = `[default]\naws_access_key_id=${world.accessKeyId}\naws_secret_access_key=${world.secretAccessKey}\n`

/** The program's own client of the APIs at this address, with these credentials. */
export async function awsAt(
  endpoint: string,
  credentials = keys,
  s3Endpoint = endpoint,
  region = world.region,
): Promise<Aws> {
  const credentialsFile = join(await temporaryFolder(), 'credentials')
  await writeFile(credentialsFile, credentials)
  return connectAws({
    region,
    credentialsFile,
    ec2Endpoint: endpoint,
    stsEndpoint: endpoint,
    iamEndpoint: endpoint,
    s3Endpoint,
  })
}
