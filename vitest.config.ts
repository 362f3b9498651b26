import { defineConfig } from 'vitest/config'

// What runs only where a real sshd, or the real host, is there. scripts/test.js says what is left out, and why.
const sshd = ['test/**/*.sshd.test.ts']
const rig = ['test/**/*.rig.test.ts']
// Takes an emulated host ten minutes by itself: `npm run check:big`.
const big = ['test/rig/big.test.ts']
// Whether the real host still says what was recorded of it: `npm run check:contract`.
const contract = ['test/contract/real.rig.test.ts']
// Also against Ceph's S3, where that is installed: `npm run check:rgw`.
const s3Contract = ['test/remote/aws/s3-contract/*.test.ts']
const rgw = ['test/**/*.rgw.test.ts']
const common = { testTimeout: 60_000, hookTimeout: 120_000, env: { AWS_EC2_METADATA_DISABLED: 'true' } }

export default defineConfig({
  test: {
    // Two hours and more on an emulated host: `npm run check:long`. `npm test` runs the others.
    tags: [{ name: 'long', description: 'a further way, state or bad day of the real host' }],
    projects: [
      { test: { ...common, name: 'arrows', include: ['test/arrows.test.ts'] } },
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/arrows.test.ts', ...sshd, ...rig, ...big, ...rgw],
        },
      },
      { test: { ...common, name: 'sshd', include: sshd } },
      {
        test: {
          ...common,
          name: 'rgw',
          include: [...s3Contract, ...rgw],
          globalSetup: 'test/rgw/setup.ts',
          testTimeout: 300_000,
        },
      },
      { test: { ...common, name: 'big', include: big, testTimeout: 3_600_000, hookTimeout: 600_000 } },
      { test: { ...common, name: 'contract', include: contract, testTimeout: 1_200_000, hookTimeout: 600_000 } },
      // Two hosts at a time, when all else is done: each is a whole machine, and this one may have two cores.
      {
        test: {
          ...common,
          name: 'rig',
          include: rig,
          exclude: contract,
          // An emulated host beside other work takes several times as long: only what hangs is to end here.
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    reporters: ['default', './test/closing-line.ts'],
  },
})
