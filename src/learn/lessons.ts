import type { Lesson } from './lesson.ts'
import { firstDrill } from './lessons/first-drill.ts'
import { firstRestore } from './lessons/first-restore.ts'
import { leastPrivilege } from './lessons/least-privilege.ts'
import { pointInTime } from './lessons/point-in-time.ts'
import { rollbackOrClone } from './lessons/rollback-or-clone.ts'
import { s3Dumps } from './lessons/s3-dumps.ts'
import { whatIsWhere } from './lessons/what-is-where.ts'
import { whenThingsGoWrong } from './lessons/when-things-go-wrong.ts'

/** The course, in its order. */
export const lessons: readonly Lesson[] = [
  whatIsWhere,
  firstRestore,
  pointInTime,
  rollbackOrClone,
  whenThingsGoWrong,
  s3Dumps,
  leastPrivilege,
  firstDrill,
]
