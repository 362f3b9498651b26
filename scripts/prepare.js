// `npm ci` builds. npx runs this hook once more for a program of its own folder: then there is nothing to do.
if (process.env.npm_command !== 'exec') await import('./build.js')
