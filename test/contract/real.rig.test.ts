import { describe, expect, it } from 'vitest'
import { realPlayer } from './real.ts'
import { played, record, recorded } from './recorded.ts'
import type { Player } from './simulated.ts'
import { stories } from './stories/all.ts'

describe('the real host', () => {
  const host: Player = realPlayer()

  it.each(stories)('says what was recorded of it: $name', async (story) => {
    const said = await played(story, host.play)
    if (process.env['LIFEBOAT_CONTRACT'] === 'record') await record(story, said)
    expect(said).toEqual(await recorded(story))
  })
})
