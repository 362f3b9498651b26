import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** The last line of a test run: how many passed and failed, with what failed outside of any test. */
class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let [passed, failed, skipped] = [0, errors.length, 0]
    for (const module of modules) {
      failed += module.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') failed++
        else skipped++
      }
    }
    const line = `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
    process.on('exit', () => process.stdout.write(`${line}\n`))
  }
}

export default ClosingLine
