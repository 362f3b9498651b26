import { describe, expect, it } from 'vitest'
import { createZfs } from '../../src/lab/host/simulated/zfs/create-zfs.ts'
import { knownDifferences } from './known-differences.ts'
import { isRecorded, played, recorded, type Answers } from './recorded.ts'
import { simulatedPlayer } from './simulated.ts'
import { stories } from './stories/all.ts'
import { atWork } from './stories/pool-at-work.ts'

/** The cases of which two hosts have said different things. */
const differing = (one: Answers, other: Answers): string[] =>
  Object.keys({ ...one, ...other }).filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))

const without = (answers: Answers, names: object): Answers =>
  Object.fromEntries(Object.entries(answers).filter(([name]) => !(name in names)))

describe('the simulated host', () => {
  it.each(stories)('says what the real one has said: $name', async (story) => {
    await using host = await simulatedPlayer()
    const [said, real] = [await played(story, host.play), await recorded(story)]
    const known = knownDifferences[story.name] ?? {}
    expect(without(said, known)).toEqual(without(real, known))
    expect(differing(said, real)).toEqual(Object.keys(said).filter((name) => name in known))
  })

  it('is compared with the real one in every story', () => {
    expect(stories.filter((story) => !isRecorded(story))).toEqual([])
  })

  it('is found out where one answer of it is another', async () => {
    await using liar = await simulatedPlayer((kernel) => {
      const zfs = createZfs(kernel)
      return {
        ...zfs,
        zfs(args, stdin) {
          const said = zfs.zfs(args, stdin)
          return args.join(' ') === 'list' ? { ...said, stdout: said.stdout.replace('tank/mail', 'tank/male') } : said
        },
      }
    })
    const known = knownDifferences[atWork.name] ?? {}
    const wrong = differing(await played(atWork, liar.play), await recorded(atWork))
    expect(wrong.filter((name) => !(name in known))).toEqual(['zfs list'])
  })
})
