import { needlessRollback } from '../../lab/scenarios/needless-rollback.ts'
import type { Lesson } from '../lesson.ts'

export const firstDrill: Lesson = {
  id: 'first-drill',
  title: 'your first drill without hints',
  minutes: 7,
  pages: [
    {
      title: 'What a drill measures',
      text: `
  last data      incident             service proven
  in the backup     |                     |
  ----|-------------X---------------------|----> time
      |<- data loss>|<----- outage ------>|
           (RPO)             (RTO)

RPO (recovery point objective): how much data may be lost, as a time. How often backups are made decides it, and which one you choose.

RTO (recovery time objective): how long the outage may be. Preparation decides it: most of an outage goes into finding out what to do.

A drill uses the very same steps as an emergency, and measures both against their objectives. It is judged by what is in the world afterwards, not by the keys that you pressed.`,
    },
    {
      title: 'At 03:00',
      text: `
- Look before you touch. What is lost, what is only wrong, what is still well?
- The nearest backup is the best one: the volume itself, then a snapshot in the pool, then an EBS snapshot, then a dump.
- Head first. Roll back only what is known to be wrong, and prefer a clone.
- Believe the world, not the runbook: it was right for another incident.
- A name has to be typed? Then something is about to be destroyed. Read the list above it.
- Prove it, then tell people that it is back.

No hints in this one. It is kept in the history of drills: "lifeboat drill --history".`,
    },
  ],
  tasks: [
    {
      title: 'The drill',
      text: 'The clock runs from the moment you begin. Restored within 30 minutes, with no more lost than has to be.',
      scenario: needlessRollback,
      isDrill: true,
    },
  ],
  questions: [
    {
      text: 'What shortens the outage the most?',
      answers: [
        {
          text: 'a faster disk',
          isRight: false,
          because: 'It helps a little after the service is up. Most of an outage is people finding out what to do.',
        },
        {
          text: 'having done it before, with a config that names host, volume and services',
          isRight: true,
          because: 'Preparation. A config that is there and a restore that was rehearsed save more than any disk.',
        },
      ],
    },
    {
      text: 'How often should this be rehearsed?',
      answers: [
        {
          text: 'once; then one knows it',
          isRight: false,
          because:
            'Keys expire, tags get lost, policies change, people forget. A backup that was not tried lately is a hope.',
        },
        {
          text: 'again and again: "lifeboat drill --timer" does it every week',
          isRight: true,
          because:
            'What was not tried lately does not work. The timer rehearses unattended; people rehearse a few times a year.',
        },
      ],
    },
  ],
}
