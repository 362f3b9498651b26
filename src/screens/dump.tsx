import type { Back, Question } from '../run/asking.ts'
import type { Contents } from '../steps/dumps/contents.ts'
import type { Dump } from '../steps/dumps/dump-answer.ts'
import type { Option } from '../steps/step.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { many } from '../text/many.ts'
import { utcMinute } from '../text/time.ts'
import { Browse } from './browse.tsx'
import { dumpOf } from './dump-table.ts'
import { Pick } from './pick.tsx'
import type { Table } from './table.ts'
import { useLoaded, type Loaded } from './use-loaded.ts'
import { useWizard } from './wizard-context.ts'

const columns = [
  { title: 'OBJECT', rank: 4 },
  { title: 'SIZE', rank: 3 },
  { title: 'WRITTEN (UTC)', rank: 2 },
  { title: 'CLASS', rank: 1 },
]

/** What a dump is made of. */
function ContentsOf(props: { readonly dump: Dump; readonly contents: Contents }) {
  const { dump, contents } = props
  const loaded = useLoaded(`${dump.bucket} ${dump.prefix} ${dump.asOf ?? ''}`, () => contents(dump))
  const table: Loaded<Table> =
    loaded.state === 'there'
      ? {
          state: 'there',
          value: {
            columns,
            rows: loaded.value.map((each) => [
              oneLine(each.path),
              bytes(each.sizeBytes),
              utcMinute(each.modifiedAt),
              oneLine(each.storageClass),
            ]),
          },
        }
      : loaded
  return (
    <Browse
      title={oneLine(`s3://${dump.bucket}/${dump.prefix}`)}
      about={`${many(dump.objects, 'object')}, ${bytes(dump.bytes)}${dump.asOf === null ? '' : `, as of ${utcMinute(dump.asOf)}`}`}
      table={table}
      waitingFor="S3 to list them"
      empty="there is nothing in it any more"
      detail={(row) => oneLine(loaded.state === 'there' ? (loaded.value[row]?.path ?? '') : '')}
      offered={[]}
      keys={() => ({})}
    />
  )
}

/** Which dump: a list, and of each what is in it. */
export function DumpList(props: {
  readonly question: Question
  readonly contents: Contents
  readonly answer: (answer: Option<unknown> | Back) => void
}) {
  const { question, contents, answer } = props
  const { cover, say } = useWizard()
  return (
    <Pick
      question={question}
      answer={answer}
      beside={{
        rows: () => 0,
        draw: () => null,
        offered: () => [{ id: 'files', word: 'contents', help: 'shows the objects of a dump' }],
        keys: (marked) => ({
          files: () => {
            const option = marked()
            if (option === undefined) say('there is no dump to look into')
            else cover(<ContentsOf dump={dumpOf(option.value)} contents={contents} />)
          },
        }),
      }}
    />
  )
}
